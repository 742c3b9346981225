import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../core/errors.js';
import { apiKeyOf, isApiCredential } from '../api-keys.js';
import type { ApiKeyStore } from '../stores.js';
import type { JoinClaims, Tokens } from '../tokens.js';
import type { HttpRequest } from './exchange.js';
import type { WrongSecrets } from './wrong-secrets.js';

/** Name of the cookie that carries a join token; its path is one room's API. */
export const SESSION_COOKIE = 'reelroom';

/** Who asks, as far as an HTTP request shows. */
export type Caller = { kind: 'admin' } | { kind: 'member'; claims: JoinClaims };

export interface CallerParts {
  tokens: Tokens;
  adminSecret: string;
  wrongSecrets: WrongSecrets;
}

/** Whether the request carries anything that says who asks. */
export function hasCredential(request: HttpRequest): boolean {
  return bearer(request) !== null || cookie(request, SESSION_COOKIE) !== null;
}

/**
 * The caller, by `Authorization: Bearer` (admin secret or join token) or the session cookie.
 * Throws `token_missing`, `too_many_wrong_secrets`, and what `Tokens.verify` throws.
 */
export async function callerOf(request: HttpRequest, roomId: string, { tokens, adminSecret, wrongSecrets }: CallerParts): Promise<Caller> {
  const secret = bearer(request);
  if (secret !== null && sameSecret(secret, adminSecret)) return { kind: 'admin' };
  // Tokens have dots; a guess at the admin secret has none.
  if (secret !== null && !secret.includes('.')) {
    throw wrongSecrets.refuse(request.address, new AppError('token_invalid', 'This is neither a join token nor the admin secret.', { status: 401 }));
  }
  const token = secret ?? cookie(request, SESSION_COOKIE);
  if (token === null) throw new AppError('token_missing', 'Open the room by your link first.', { status: 401 });
  return { kind: 'member', claims: await tokens.verify(token, roomId) };
}

/** Who may make rooms, or join tokens of any room. */
export type Maker = { kind: 'admin' } | { kind: 'api-key'; id: string } | { kind: 'local' };

export interface MakerParts {
  adminSecret: string;
  apiKeys: ApiKeyStore;
  wrongSecrets: WrongSecrets;
}

/**
 * By the admin secret or an API key; without either, `local` is who sits at this machine: address, Host and Origin must
 * all be of it, for a proxy in front, or a web page whose name was rebound to 127.0.0.1, is somebody else.
 * Throws `admin_required`, `api_key_invalid`, `too_many_wrong_secrets`.
 */
export function makerOf(request: HttpRequest, { adminSecret, apiKeys, wrongSecrets }: MakerParts): Maker {
  const secret = bearer(request);
  if (secret === null) {
    if (request.fromLoopback && isLoopbackHost(request.header('host')) && isSameOrigin(request)) return { kind: 'local' };
    throw new AppError('admin_required', 'From another machine this takes an API key or the admin secret.', { status: 401 });
  }
  if (sameSecret(secret, adminSecret)) return { kind: 'admin' };
  if (!isApiCredential(secret)) throw wrongSecrets.refuse(request.address, new AppError('admin_required', 'The admin secret is wrong.', { status: 401 }));
  const key = apiKeyOf(apiKeys, secret);
  if (key) return { kind: 'api-key', id: key.id };
  throw wrongSecrets.refuse(request.address, new AppError('api_key_invalid', 'The API key or its secret is wrong, or the key was revoked.', { status: 401 }));
}

/** A browser names the page's origin; what is no browser leaves it out. */
export function isSameOrigin(request: Pick<HttpRequest, 'header'>): boolean {
  const origin = request.header('origin');
  if (origin === '') return true;
  return /^https?:\/\//i.test(origin) && origin.replace(/^https?:\/\//i, '').toLowerCase() === request.header('host').toLowerCase();
}

function isLoopbackHost(host: string): boolean {
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i.test(host);
}

function bearer(request: HttpRequest): string | null {
  return /^Bearer ([\x21-\x7e]+)$/i.exec(request.header('authorization'))?.[1] ?? null;
}

function cookie(request: HttpRequest, name: string): string | null {
  for (const part of request.header('cookie').split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name && value) return value;
  }
  return null;
}

/** Hashing first makes the lengths equal, so that the comparison tells nothing by its time. */
function sameSecret(given: string, expected: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
