import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { packageRoot } from '../../src/core/paths.js';

interface SourceFile {
  path: string;
  text: string;
}
const { violationsOf } = (await import(pathToFileURL(join(packageRoot, 'scripts/lib/arrows.mjs')).href)) as {
  violationsOf(files: SourceFile[]): string[];
};

const check = (path: string, text: string): string[] => violationsOf([{ path, text }]);

t.test('arrows that the house has are allowed', async (t) => {
  const allowed: [string, string][] = [
    ['src/signaling/session.ts', "import { Room } from '../room/room.js';"],
    ['src/recording/service.ts', "import { openJournal } from '../journal/writer.js';"],
    ['src/compositor/jitter.ts', "import { parse } from '../media/rtp/packet.js';"],
    ['src/compositor/painter.ts', "import { native } from '../../native/index.js';"],
    ['src/room/room.ts', "import { AppError } from '../core/errors.js';"],
    ['src/cli/doctor.ts', "import { openStorage } from '../storage/index.js';"],
    ['src/main.ts', "import { createMediaServer } from './media/server.js';"],
    ['web/src/client/socket.ts', "import { clientMessage } from '../../../src/signaling/protocol.js';"],
  ];
  for (const [path, text] of allowed) t.same(check(path, text), [], path);
});

t.test('arrows that it does not have are found, however they are written', async (t) => {
  const forbidden: [string, string][] = [
    ['src/room/room.ts', "import { x } from '../media/server.js';"],
    ['src/media/server.ts', "import type { x } from '../recording/types.js';"],
    ['src/compositor/worker.ts', "import {\n  x,\n} from '../storage/index.js';"],
    ['src/compositor/worker.ts', "export { x } from '../media/server.js';"],
    ['src/core/config.ts', "const x = await import('../storage/index.js');"],
    ['src/storage/index.ts', "import '../recording/types.js';"],
    ['src/storage/index.ts', "import { startServer } from '../main.js';"],
    ['src/journal/reader.ts', "import { native } from '../../native/index.js';"],
    ['native/index.ts', "import { x } from '../src/media/types.js';"],
    ['web/src/app.ts', "import { x } from '../../src/signaling/session.js';"],
  ];
  for (const [path, text] of forbidden) t.equal(check(path, text).length, 1, `${path}: ${text}`);
});

t.test('the client library needs no page and no framework', async (t) => {
  const client = (text: string): string[] => check('web/src/client/socket.ts', text);
  t.same(client("import * as v from 'valibot';\nimport { x } from './rtc.js';\nimport { y } from '../../../src/core/events.js';"), []);
  for (const from of ['preact', '@preact/signals', 'node:net', '@roamhq/wrtc', '../ui/room-session.js']) {
    t.equal(client(`import { x } from '${from}';`).length, 1, from);
  }
});

t.test('an outside library has its own importer', async (t) => {
  t.same(check('src/media/dtls.ts', "import { DtlsServer } from 'werift';"), []);
  t.match(check('src/signaling/server.ts', "import { x } from 'werift';"), [/werift may be imported only by src\/media\//]);
  t.equal(check('src/signaling/session.ts', "import uWS from 'uWebSockets.js';").length, 1);
  t.equal(check('src/recording/service.ts', "import { eq } from 'drizzle-orm/sql';").length, 1);
  t.equal(check('src/cli/room.ts', "import Database from 'better-sqlite3';").length, 1);
});

t.test('pure parts read no clock, set no timer, use no chance and no I/O', async (t) => {
  const impure = [
    "import { readFileSync } from 'node:fs';",
    "import { systemClock } from '../core/clock.js';",
    "import { readConfig } from '../core/config.js';",
    'const now = Date.now();',
    'const now = new Date();',
    'setTimeout(() => close(), 10);',
    'const x = Math.random();',
  ];
  for (const path of ['src/room/clock.ts', 'src/journal/format.ts', 'src/media/rtp/nack.ts', 'src/compositor/mixer.ts']) {
    const toSource = '../'.repeat(path.split('/').length - 2);
    for (const text of impure) t.not(check(path, text.replace('../', toSource)).length, 0, `${path}: ${text}`);
  }
  t.same(check('src/room/naming.ts', 'const date = new Date(startedAtWallMs); // not Date.now()'), []);
  t.same(check('src/room/naming.ts', "import type { Clock } from '../core/clock.js';"), []);
  t.same(check('src/journal/writer.ts', "import { open } from 'node:fs/promises';"), [], 'the writer is not pure');
});

t.test('the environment is read in one place', async (t) => {
  t.same(check('src/core/config.ts', 'const x = process.env.REELROOM_DATA;'), []);
  t.equal(check('src/media/server.ts', 'const x = process.env.REELROOM_DATA;').length, 1);
});
