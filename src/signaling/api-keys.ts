import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiKeyStore } from './stores.js';

/** 32 random bytes need no slow hash: nobody tries 2^256 of them. */
const SECRET_BYTES = 32;

/** What an integrator's program sends: the key, which names it, and the secret, told once and kept only as a hash. */
const CREDENTIAL = /^([a-z0-9]{16})\.([A-Za-z0-9_-]{43})$/;

export interface NewApiKey {
  id: string;
  /** `KEY.SECRET`, for `Authorization: Bearer`. */
  credential: string;
}

export function createApiKey(store: ApiKeyStore, name: string, nowMs: number): NewApiKey {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const { id } = store.create({ name, secretHash: hashOf(secret), createdAtMs: nowMs });
  return { id, credential: `${id}.${secret}` };
}

/** Whether a bearer's text has the form of a key and its secret: neither a join token nor the admin secret has. */
export function isApiCredential(text: string): boolean {
  return CREDENTIAL.test(text);
}

/** The key whose secret this is; null where it is unknown, wrong or revoked. */
export function apiKeyOf(store: ApiKeyStore, credential: string): { id: string } | null {
  const [, id, secret] = CREDENTIAL.exec(credential) ?? [];
  if (id === undefined || secret === undefined) return null;
  const key = store.get(id);
  // A key that is not there takes as long as one whose secret is wrong.
  const right = timingSafeEqual(Buffer.from(hashOf(secret), 'hex'), Buffer.from(key?.secretHash ?? hashOf(''), 'hex'));
  return key && right && key.revokedAtMs === null ? { id } : null;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
