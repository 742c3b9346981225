import { join } from 'node:path';
import t from 'tap';
import { apiKeyOf } from '../../src/signaling/api-keys.js';
import { openStorage } from '../../src/storage/index.js';
import { reelroom } from './support.js';

t.test('a key is made, listed and revoked; its secret is shown once and is nowhere', async (t) => {
  const data = t.testdir();
  t.match(await reelroom(data, ['apikey', 'list']), { code: 1, stderr: /\[data_missing\]/ });
  t.match(await reelroom(data, ['apikey', 'create', '--name', '  ']), { code: 2 });
  const made = await reelroom(data, ['apikey', 'create', '--name', ' Calendar ', '--json']);
  t.equal(made.code, 0, made.stderr);
  const { id, name, credential } = JSON.parse(made.stdout) as Record<string, string>;
  t.equal(name, 'Calendar');
  t.match(credential, new RegExp(`^${id}\\.[A-Za-z0-9_-]{43}$`));
  const plain = await reelroom(data, ['apikey', 'create', '--name', 'Other']);
  t.match(plain.stdout, /^[a-z0-9]{16}\.[A-Za-z0-9_-]{43}\n$/);

  const listed = await reelroom(data, ['apikey', 'list', '--json']);
  t.match(JSON.parse(listed.stdout), [{ id, name: 'Calendar', createdAt: /T/, revokedAt: null }, { name: 'Other' }]);
  const storage = openStorage(join(data, 'reelroom.db'));
  t.teardown(() => storage.close());
  t.same(apiKeyOf(storage.apiKeys, credential!), { id });
  t.notMatch(JSON.stringify(storage.apiKeys.list()), credential!.split('.')[1]!);

  t.match(await reelroom(data, ['apikey', 'revoke', id!]), { code: 0, stdout: `Key ${id} is revoked.\n` });
  t.equal(apiKeyOf(storage.apiKeys, credential!), null, 'at once, in other processes');
  const again = await reelroom(data, ['apikey', 'revoke', id!, '--json']);
  t.match(JSON.parse(again.stdout), { id, revokedAt: new Date(storage.apiKeys.get(id!)!.revokedAtMs!).toISOString() }, 'twice changes nothing');
  t.match((await reelroom(data, ['apikey', 'list'])).stdout, /REVOKED[\s\S]*Calendar[\s\S]*Other/);
  t.match(await reelroom(data, ['apikey', 'revoke', 'nothing']), { code: 1, stderr: /\[api_key_unknown\]/ });
});
