import { randomBytes } from 'node:crypto';

/** 32 lower-case letters and digits that are not taken for one another. */
const ALPHABET = 'abcdefghjkmnpqrstvwxyz0123456789';
const LENGTH = 16;

/** A new id: 80 random bits, so it is not guessed; safe in a URL, a path and as a word of a command line. */
export function newId(): string {
  return Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte & 31]).join('');
}
