import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';

/** What brings a member back to their place. Only its hash is kept: the database opens no seat. */
export function newResumeKey(): string {
  return randomUUID();
}

/** SHA-256, hexadecimal; a key is random enough to need no salt. */
export function keyHashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

export function isKeyOf(key: string, hash: string): boolean {
  const [left, right] = [Buffer.from(keyHashOf(key)), Buffer.from(hash)];
  return left.length === right.length && timingSafeEqual(left, right);
}
