import { createHash, createPrivateKey, createPublicKey, hkdfSync, randomUUID, type KeyObject } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import * as v from 'valibot';
import { AppError } from '../core/errors.js';
import { ROLES, type Role } from '../core/roles.js';
import type { TokenAlgorithm } from '../core/token-algorithms.js';

const DAY_MS = 24 * 60 * 60_000;
const ISSUER = 'reelroom';

/** How much this machine's clock may have been set back since a token was made, s. Its end has no leeway: it is that of one clock. */
const LEEWAY_S = 30;

/** P1: what a join token says of its bearer. */
export interface JoinClaims {
  roomId: string;
  role: Role;
  /** Stable identity; a link that is passed around gives the same one to all who use it. */
  identity: string;
  /** Proposed in the join page. */
  name?: string;
  /** Id of the API key that it was made with; when that is revoked, so is the token. */
  apiKeyId?: string;
}

const payloadSchema = v.object({
  room: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  role: v.picklist(ROLES),
  sub: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  name: v.optional(v.pipe(v.string(), v.maxLength(100))),
  key: v.optional(v.pipe(v.string(), v.maxLength(64))),
  iat: v.optional(v.number()),
});

export interface TokenOptions {
  /** Default: HS256. */
  algorithm?: TokenAlgorithm;
  /** Whether what was made with this API key is void. */
  isRevoked?: (apiKeyId: string) => boolean;
}

interface Keys {
  /** `kid` of RFC 7515 section 4.1.4: tells a token of another key from a damaged one. */
  id: string;
  sign: KeyObject | Uint8Array;
  verify: KeyObject | Uint8Array;
}

/**
 * Signs and checks join tokens: JWT (RFC 7519) with HMAC SHA-256, or with Ed25519 where others are to check them, too.
 * Only the one algorithm is taken, whatever a token says of itself (RFC 8725 section 3.1).
 */
export class Tokens {
  readonly algorithm: TokenAlgorithm;
  readonly #keys: Keys;
  readonly #wallMs: () => number;
  readonly #isRevoked: (apiKeyId: string) => boolean;

  /** `tokenKey` is `Secrets.tokenKey`. */
  constructor(tokenKey: string, wallMs: () => number, { algorithm = 'HS256', isRevoked = () => false }: TokenOptions = {}) {
    this.algorithm = algorithm;
    this.#keys = keysOf(Buffer.from(tokenKey, 'base64url'), algorithm);
    this.#wallMs = wallMs;
    this.#isRevoked = isRevoked;
  }

  /** JSON Web Key Set (RFC 7517) by which others check tokens; empty with HS256, whose key is secret. */
  publicKeys(): { keys: Record<string, unknown>[] } {
    const { id, verify } = this.#keys;
    if (verify instanceof Uint8Array) return { keys: [] };
    return { keys: [{ ...verify.export({ format: 'jwk' }), alg: this.algorithm, use: 'sig', kid: id }] };
  }

  sign({ roomId, role, identity, name, apiKeyId }: JoinClaims, lifetimeMs: number = 30 * DAY_MS): Promise<string> {
    const nowSeconds = Math.floor(this.#wallMs() / 1000);
    return new SignJWT({ room: roomId, role, ...(name ? { name } : {}), ...(apiKeyId ? { key: apiKeyId } : {}) })
      .setProtectedHeader({ alg: this.algorithm, kid: this.#keys.id })
      .setIssuer(ISSUER)
      .setSubject(identity)
      .setJti(randomUUID())
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + Math.floor(lifetimeMs / 1000))
      .sign(this.#keys.sign);
  }

  /**
   * Throws `AppError` `token_invalid`, `token_key_unknown`, `token_expired`, `token_not_yet_valid`, `token_revoked`, and with
   * `roomId` also `token_foreign_room`.
   */
  async verify(token: string, roomId?: string): Promise<JoinClaims> {
    const nowMs = this.#wallMs();
    const parsed = v.safeParse(payloadSchema, await this.#payload(token, nowMs));
    if (!parsed.success) throw invalid(parsed.issues[0].message);
    const { room, role, sub, name, key, iat } = parsed.output;
    if (iat !== undefined && iat > nowMs / 1000 + LEEWAY_S) throw notYetValid();
    if (roomId !== undefined && room !== roomId) {
      throw new AppError('token_foreign_room', 'This link belongs to another room.', { status: 403 });
    }
    if (key !== undefined && this.#isRevoked(key)) {
      throw new AppError('token_revoked', 'This link was withdrawn; ask for a new one.', { status: 401 });
    }
    return { roomId: room, role, identity: sub, ...(name === undefined ? {} : { name }), ...(key === undefined ? {} : { apiKeyId: key }) };
  }

  async #payload(token: string, nowMs: number): Promise<unknown> {
    const options = { algorithms: [this.algorithm], issuer: ISSUER, currentDate: new Date(nowMs), requiredClaims: ['exp'] };
    try {
      return (await jwtVerify(token, this.#keys.verify, options)).payload;
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) {
        throw new AppError('token_expired', 'This link has expired; ask for a new one.', { status: 401, cause });
      }
      if (cause instanceof errors.JWTClaimValidationFailed && cause.claim === 'nbf') throw notYetValid(cause);
      const kid = keyIdIn(token);
      if (kid !== undefined && kid !== this.#keys.id) {
        const sentence = 'This link was made with a key that this server does not have, or not any more; ask for a new one.';
        throw new AppError('token_key_unknown', sentence, { status: 401, cause });
      }
      throw invalid(cause);
    }
  }
}

/** RFC 8410 section 7: what stands in front of the 32 bytes of an Ed25519 key in PKCS #8. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The pair of EdDSA follows from the one secret that is kept, so that changing the algorithm needs no other file. */
function keysOf(secret: Buffer, algorithm: TokenAlgorithm): Keys {
  const id = createHash('sha256').update(`reelroom ${algorithm} `).update(secret).digest('base64url').slice(0, 11);
  if (algorithm === 'HS256') return { id, sign: new Uint8Array(secret), verify: new Uint8Array(secret) };
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'reelroom join tokens, Ed25519', 32));
  const sign = createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: 'der', type: 'pkcs8' });
  return { id, sign, verify: createPublicKey(sign) };
}

function keyIdIn(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined;
  }
}

function notYetValid(cause?: unknown): AppError {
  const sentence = 'This link is not valid yet: the clock of this server, or of who made the link, is wrong.';
  return new AppError('token_not_yet_valid', sentence, { status: 401, cause });
}

function invalid(cause: unknown): AppError {
  return new AppError('token_invalid', 'This link is damaged or was not made by this server.', { status: 401, cause });
}

/** A link that opens a room. The token is in the fragment, which browsers never send, so no log has it. */
export function roomLink(baseUrl: string, roomId: string, token: string): string {
  return `${baseUrl}/r/${roomId}#t=${token}`;
}
