import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import * as v from 'valibot';
import { AppError } from '../core/errors.js';
import { ROLES, type Role } from '../core/roles.js';

const DAY_MS = 24 * 60 * 60_000;
const ALGORITHM = 'HS256';
const ISSUER = 'reelroom';

/** P1: what a join token says of its bearer. */
export interface JoinClaims {
  roomId: string;
  role: Role;
  /** Stable identity; a link that is passed around gives the same one to all who use it. */
  identity: string;
  /** Proposed in the join page. */
  name?: string;
}

const payloadSchema = v.object({
  room: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  role: v.picklist(ROLES),
  sub: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  name: v.optional(v.pipe(v.string(), v.maxLength(100))),
});

/** Signs and checks join tokens: JWT (RFC 7519) with HMAC SHA-256. */
export class Tokens {
  readonly #key: Uint8Array;
  readonly #wallMs: () => number;

  /** `tokenKey` is `Secrets.tokenKey`. */
  constructor(tokenKey: string, wallMs: () => number) {
    this.#key = Buffer.from(tokenKey, 'base64url');
    this.#wallMs = wallMs;
  }

  sign(claims: JoinClaims, lifetimeMs: number = 30 * DAY_MS): Promise<string> {
    const nowSeconds = Math.floor(this.#wallMs() / 1000);
    return new SignJWT({ room: claims.roomId, role: claims.role, ...(claims.name ? { name: claims.name } : {}) })
      .setProtectedHeader({ alg: ALGORITHM })
      .setIssuer(ISSUER)
      .setSubject(claims.identity)
      .setJti(randomUUID())
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + Math.floor(lifetimeMs / 1000))
      .sign(this.#key);
  }

  /** Throws `AppError` `token_invalid`, `token_expired`, and with `roomId` also `token_foreign_room`. */
  async verify(token: string, roomId?: string): Promise<JoinClaims> {
    let payload: unknown;
    try {
      const options = { algorithms: [ALGORITHM], issuer: ISSUER, currentDate: new Date(this.#wallMs()), requiredClaims: ['exp'] };
      payload = (await jwtVerify(token, this.#key, options)).payload;
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) {
        throw new AppError('token_expired', 'This link has expired; ask for a new one.', { status: 401, cause });
      }
      throw invalid(cause);
    }
    const parsed = v.safeParse(payloadSchema, payload);
    if (!parsed.success) throw invalid(parsed.issues[0].message);
    const { room, role, sub, name } = parsed.output;
    if (roomId !== undefined && room !== roomId) {
      throw new AppError('token_foreign_room', 'This link belongs to another room.', { status: 403 });
    }
    return { roomId: room, role, identity: sub, ...(name === undefined ? {} : { name }) };
  }
}

function invalid(cause: unknown): AppError {
  return new AppError('token_invalid', 'This link is damaged or was not made by this server.', { status: 401, cause });
}

/** A link that opens a room. The token is in the fragment, which browsers never send, so no log has it. */
export function roomLink(baseUrl: string, roomId: string, token: string): string {
  return `${baseUrl}/r/${roomId}#t=${token}`;
}
