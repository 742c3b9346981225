import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../core/errors.js';
import type { BodyStream } from './body-stream.js';

/** One HTTP request as routes see it; nothing in it refers to the socket. */
export interface HttpRequest {
  /** Upper case. */
  method: string;
  /** Decoded by nobody yet. */
  path: string;
  query: URLSearchParams;
  /** By lower-case name; '' where absent. */
  header(name: string): string;
  /** The peer's address, as a key to tell peers by; of IPv6 the network, since one machine has many addresses. */
  address: string;
  /** The peer's address is of this machine. */
  fromLoopback: boolean;
  /** At most `MAX_BODY_BYTES`; empty without a body. */
  body: Uint8Array;
  /** The body as it comes, where the route takes it so; else null. */
  stream: BodyStream | null;
}

export const MAX_BODY_BYTES = 64 * 1024;

/** A part of an open file; who sends it closes `file`. */
export interface FilePart {
  file: FileHandle;
  startByte: number;
  lengthBytes: number;
}

export type ReplyBody = { kind: 'bytes'; bytes: string | Uint8Array } | { kind: 'file'; part: FilePart };

export interface HttpReply {
  status: number;
  headers: Record<string, string>;
  body: ReplyBody;
}

export type Route = (request: HttpRequest) => Promise<HttpReply>;

/** Sent with every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
};

const STATUS_TEXT: Record<number, string> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  206: 'Partial Content',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  411: 'Length Required',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};

/** The status line's text, e.g. `404 Not Found`. */
export function statusLine(status: number): string {
  return `${status} ${STATUS_TEXT[status] ?? 'Unknown'}`;
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): HttpReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: { kind: 'bytes', bytes: JSON.stringify(value) },
  };
}

export function empty(status: number, headers: Record<string, string> = {}): HttpReply {
  return { status, headers: { 'cache-control': 'no-store', ...headers }, body: { kind: 'bytes', bytes: '' } };
}

export function errorReply(error: AppError, headers: Record<string, string> = {}): HttpReply {
  const challenge: Record<string, string> =
    error.status === 401 ? { 'www-authenticate': 'Bearer realm="reelroom"' } : error.status === 429 ? { 'retry-after': '60' } : {};
  return json(error.status, { code: error.code, message: error.message }, { ...challenge, ...headers });
}

/** The request's JSON body. Throws `body_invalid`. */
export function jsonBody(request: HttpRequest): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
  } catch (cause) {
    throw new AppError('body_invalid', 'The body is not JSON.', { cause });
  }
}
