import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import * as v from 'valibot';
import { packageRoot } from '../../src/core/paths.js';
import { clientMessage, CLOSE_CODES, serverMessage } from '../../src/signaling/protocol.js';

const page = readFileSync(join(packageRoot, 'docs', 'protocol.md'), 'utf8');

function examples(side: 'client' | 'server'): unknown[] {
  return [...page.matchAll(new RegExp(`\`\`\`json ${side}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => JSON.parse(text!) as unknown);
}

t.test('every example fits its schema, and every message has an example', async (t) => {
  for (const [side, schema] of [['client', clientMessage], ['server', serverMessage]] as const) {
    const shown = examples(side).map((example) => {
      const parsed = v.safeParse(schema, example);
      t.ok(parsed.success, `${JSON.stringify(example).slice(0, 80)}: ${JSON.stringify(parsed.issues?.[0]?.message)}`);
      t.same(parsed.output, example, 'nothing in it is unknown to the schema');
      return (example as { type: string }).type;
    });
    const defined = schema.options.map(({ entries }) => entries.type.literal);
    t.same([...new Set(shown)].sort(), [...defined].sort());
  }
});

t.test('every code that signaling and rooms give is in the tables', async (t) => {
  const folders = ['src/signaling', 'src/signaling/http', 'src/room'];
  const sources = folders.flatMap((folder) => {
    const names = readdirSync(join(packageRoot, folder)).filter((name) => name.endsWith('.ts'));
    return names.map((name) => readFileSync(join(packageRoot, folder, name), 'utf8'));
  });
  const given = sources.flatMap((text) =>
    [...text.matchAll(/(?:AppError\(|refuse\(message\.id, |#garbled\(nowMs, [\w.]+, |code: )\s*'([a-z_]+)'/g)].map(([, code]) => code!),
  );
  t.ok(given.length > 40, `${given.length} found`);
  const ofOperators = new Set(['secrets_unreadable', 'port_in_use']);
  for (const code of new Set(given)) if (!ofOperators.has(code)) t.match(page, `\`${code}\``, code);
});

t.test('every close code is in the table', async (t) => {
  for (const code of Object.values(CLOSE_CODES)) t.match(page, new RegExp(`^\\| (\\d+, )?${code}`, 'm'), String(code));
});
