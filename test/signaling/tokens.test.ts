import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import t from 'tap';
import { TOKEN_ALGORITHMS } from '../../src/core/token-algorithms.js';
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
  nowMs = 59_000;
  await t.resolves(tokens.verify(short));
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
    'another key': await new SignJWT(whole).setProtectedHeader({ alg: 'HS256' }).setIssuer('reelroom').setExpirationTime(60).sign(Buffer.alloc(32, 2)),
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

t.test('a token of a key that was changed is told from a damaged one', async (t) => {
  const claims = { roomId: 'r', role: 'host', identity: 'x' } as const;
  const other = Buffer.alloc(32, 2).toString('base64url');
  for (const algorithm of TOKEN_ALGORITHMS) {
    const tokens = new Tokens(KEY, () => 0, { algorithm });
    const rotated = await new Tokens(other, () => 0, { algorithm }).sign(claims);
    await t.rejects(tokens.verify(rotated), { code: 'token_key_unknown', status: 401 }, algorithm);
    const own = await tokens.sign(claims);
    await t.rejects(tokens.verify(`${own.slice(0, -4)}AAAA`), { code: 'token_invalid' }, 'its own key, another signature');
  }
  const [hmac, pair] = TOKEN_ALGORITHMS.map((algorithm) => new Tokens(KEY, () => 0, { algorithm })) as [Tokens, Tokens];
  await t.rejects(pair.verify(await hmac.sign(claims)), { code: 'token_key_unknown' }, 'the algorithm was changed');
  await t.rejects(hmac.verify(await pair.sign(claims)), { code: 'token_key_unknown' });
});

t.test('with EdDSA others check tokens by the public key, and nobody signs with it', async (t) => {
  const tokens = new Tokens(KEY, () => Date.now(), { algorithm: 'EdDSA' });
  const claims = { roomId: 'r', role: 'moderator', identity: 'ann', name: 'Ann' } as const;
  const token = await tokens.sign(claims);
  t.same(await tokens.verify(token, 'r'), claims);
  t.same(await new Tokens(KEY, () => Date.now(), { algorithm: 'EdDSA' }).verify(token), claims, 'after a restart of the server, too');
  const published = JSON.parse(JSON.stringify(tokens.publicKeys())) as { keys: [{ x: string; kid: string; d?: string }] };
  t.match(published, { keys: [{ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: decodeProtectedHeader(token).kid }] });
  t.notOk(published.keys[0].d, 'the private part stays');
  t.match((await jwtVerify(token, createLocalJWKSet(published as never))).payload, { room: 'r', role: 'moderator', sub: 'ann' });
  t.same(new Tokens(KEY, () => 0).publicKeys(), { keys: [] }, 'the key of HS256 is nobody’s to have');

  const { x, kid } = published.keys[0];
  const whole = { room: 'r', role: 'host', sub: 'x' };
  const forge = (header: { alg: string; kid?: string }, key: Uint8Array | KeyObject): Promise<string> =>
    new SignJWT(whole).setProtectedHeader(header).setIssuer('reelroom').setExpirationTime('1h').sign(key);
  const spki = createPublicKey({ key: published.keys[0] as never, format: 'jwk' });
  const none = `${Buffer.from(JSON.stringify({ alg: 'none', kid })).toString('base64url')}.${token.split('.')[1]}.`;
  const forged: Record<string, string> = {
    none,
    'no algorithm': none.replace(/^[^.]+/, Buffer.from(JSON.stringify({ kid })).toString('base64url')),
    'HS256 with the public key, raw': await forge({ alg: 'HS256', kid }, Buffer.from(x, 'base64url')),
    'HS256 with the public key, base64url': await forge({ alg: 'HS256', kid }, Buffer.from(x)),
    'HS256 with the public key, PEM': await forge({ alg: 'HS256', kid }, Buffer.from(spki.export({ type: 'spki', format: 'pem' }))),
    'HS256 with the public key, DER': await forge({ alg: 'HS256', kid }, spki.export({ type: 'spki', format: 'der' })),
    'another pair': await forge({ alg: 'EdDSA', kid }, generateKeyPairSync('ed25519').privateKey),
    'its own key in its header': token.replace(/^[^.]+/, Buffer.from(JSON.stringify({ alg: 'EdDSA', kid, jwk: published.keys[0] })).toString('base64url')),
  };
  for (const [what, bad] of Object.entries(forged)) await t.rejects(tokens.verify(bad), { code: 'token_invalid', status: 401 }, what);
});

t.test('a clock that is set wrong is said to be so', async (t) => {
  let nowMs = 10 * DAY;
  const tokens = new Tokens(KEY, () => nowMs);
  const token = await tokens.sign({ roomId: 'r', role: 'host', identity: 'x' });
  nowMs -= 29_000;
  await t.resolves(tokens.verify(token), 'half a minute is nothing');
  nowMs -= 60_000;
  await t.rejects(tokens.verify(token), { code: 'token_not_yet_valid', status: 401, message: /clock/ });
  const later = await new SignJWT({ room: 'r', role: 'host', sub: 'x' }).setProtectedHeader({ alg: 'HS256' }).setIssuer('reelroom').setNotBefore(10 * DAY).setExpirationTime(20 * DAY).sign(Buffer.from(KEY, 'base64url'));
  await t.rejects(tokens.verify(later), { code: 'token_not_yet_valid' });
});

t.test('what a revoked API key has made is void', async (t) => {
  const revoked = new Set<string>();
  const tokens = new Tokens(KEY, () => 0, { isRevoked: (id) => revoked.has(id) });
  const claims = { roomId: 'r', role: 'host', identity: 'x', apiKeyId: 'k1' } as const;
  const [theirs, ours] = [await tokens.sign(claims), await tokens.sign({ roomId: 'r', role: 'host', identity: 'x' })];
  t.same(await tokens.verify(theirs), claims);
  revoked.add('k1');
  await t.rejects(tokens.verify(theirs), { code: 'token_revoked', status: 401 });
  await t.resolves(tokens.verify(ours));
});

t.test('the token is in the fragment of the link', async (t) => {
  t.equal(roomLink('http://h:1', 'r', 'tok'), 'http://h:1/r/r#t=tok');
});
