import { SignJWT } from 'jose';
import t from 'tap';
import { roomLink, Tokens } from '../../src/signaling/tokens.js';

const KEY = Buffer.alloc(32, 1).toString('base64url');
const DAY = 24 * 60 * 60_000;

t.test('a token says again what was signed', async (t) => {
  const tokens = new Tokens(KEY, () => 0);
  const claims = { roomId: 'r1', role: 'moderator', identity: 'ann', name: 'Ann' } as const;
  t.same(await tokens.verify(await tokens.sign(claims), 'r1'), claims);
  const nameless = { roomId: 'r1', role: 'host', identity: 'bob' } as const;
  t.same(await tokens.verify(await tokens.sign(nameless)), nameless);
  t.not(await tokens.sign(nameless), await tokens.sign(nameless), 'each token is its own');
});

t.test('a token ends after 30 days, or when it was said to', async (t) => {
  let nowMs = 0;
  const tokens = new Tokens(KEY, () => nowMs);
  const token = await tokens.sign({ roomId: 'r', role: 'host', identity: 'x' });
  const short = await tokens.sign({ roomId: 'r', role: 'host', identity: 'x' }, 60_000);
  nowMs = 61_000;
  await t.rejects(tokens.verify(short), { code: 'token_expired', status: 401 });
  nowMs = 30 * DAY - 1000;
  await t.resolves(tokens.verify(token));
  nowMs = 30 * DAY + 1000;
  await t.rejects(tokens.verify(token), { code: 'token_expired' });
});

t.test('another room’s token is told from a broken one', async (t) => {
  const tokens = new Tokens(KEY, () => 0);
  await t.rejects(tokens.verify(await tokens.sign({ roomId: 'other', role: 'host', identity: 'x' }), 'r'), {
    code: 'token_foreign_room',
    status: 403,
  });
});

t.test('forged, damaged and incomplete tokens are invalid', async (t) => {
  const tokens = new Tokens(KEY, () => 0);
  const good = await tokens.sign({ roomId: 'r', role: 'participant', identity: 'x' });
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const raise = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('participant', 'host')).toString('base64url');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const key = Buffer.from(KEY, 'base64url');
  const sign = (body: Record<string, unknown>, alg = 'HS256', issuer = 'reelroom'): Promise<string> =>
    new SignJWT(body).setProtectedHeader({ alg }).setIssuer(issuer).setExpirationTime(60).sign(key);
  const whole = { room: 'r', role: 'host', sub: 'x' };
  await t.resolves(tokens.verify(await sign(whole)), 'the base of the following');
  const bad: Record<string, string> = {
    empty: '',
    garbage: 'x.y.z',
    'raised role': `${header}.${raise}.${signature}`,
    unsigned: `${none}.${payload}.`,
    'another key': await new Tokens(Buffer.alloc(32, 2).toString('base64url'), () => 0).sign({ roomId: 'r', role: 'host', identity: 'x' }),
    'another algorithm': await sign(whole, 'HS512'),
    'another issuer': await sign(whole, 'HS256', 'else'),
    'unknown role': await sign({ ...whole, role: 'king' }),
    'no room': await sign({ role: 'host', sub: 'x' }),
    'no subject': await sign({ room: 'r', role: 'host' }),
    'no end': await new SignJWT(whole).setProtectedHeader({ alg: 'HS256' }).setIssuer('reelroom').sign(key),
  };
  for (const [what, token] of Object.entries(bad)) await t.rejects(tokens.verify(token), { code: 'token_invalid', status: 401 }, what);
  // The last character of base64url may carry unused bits; cutting one off always matters.
  for (let cut = 1; cut < good.length; cut += 7) await t.rejects(tokens.verify(good.slice(0, -cut)), { code: 'token_invalid' });
});

t.test('the token is in the fragment of the link', async (t) => {
  t.equal(roomLink('http://h:1', 'r', 'tok'), 'http://h:1/r/r#t=tok');
});
