import { extname, join } from 'node:path';
import { AppError } from '../../core/errors.js';
import type { HttpReply, HttpRequest } from './exchange.js';
import { sendFile } from './send-file.js';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.mp3': 'audio/mpeg',
  '.txt': 'text/plain; charset=utf-8',
};

/** Pages of the web client; all are the same document, whose script looks at the address. */
const PAGES = /^\/(?:r\/[A-Za-z0-9_-]{1,64}(?:\/files)?|files|admin)?\/?$/;

/** What may be named: no dot files, no empty segments, nothing encoded. */
const ASSET = /^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/;

/** Serves the built web client from `webRoot`. Throws `not_found`, `web_client_missing`. */
export async function getStatic(request: HttpRequest, webRoot: string): Promise<HttpReply> {
  if (PAGES.test(request.path)) return getPage(request, webRoot);
  const type = TYPES[extname(request.path).toLowerCase()];
  if (!ASSET.test(request.path) || type === undefined) return getNowhere(request, webRoot);
  const immutable = request.path.startsWith('/assets/');
  try {
    return await sendFile(request, join(webRoot, request.path), {
      'content-type': type,
      'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'file_missing') throw error;
    return getNowhere(request, webRoot);
  }
}

/** People get the page that says so in words; programs get the error. */
async function getNowhere(request: HttpRequest, webRoot: string): Promise<HttpReply> {
  if (!request.header('accept').includes('text/html')) {
    throw new AppError('not_found', 'There is nothing at this address.', { status: 404 });
  }
  const page = await getPage(request, webRoot);
  return page.status === 200 ? { ...page, status: 404 } : page;
}

async function getPage(request: HttpRequest, webRoot: string): Promise<HttpReply> {
  try {
    return await sendFile(request, join(webRoot, 'index.html'), {
      'content-type': TYPES['.html']!,
      'cache-control': 'no-cache',
      'content-security-policy': contentSecurityPolicy(request.header('host')),
      'permissions-policy': 'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()',
      'cross-origin-opener-policy': 'same-origin',
    });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'file_missing') throw error;
    throw new AppError('web_client_missing', 'The web client is not built; run "npm run build:web".', { status: 503, audience: 'operator' });
  }
}

/** The socket's address is named too: not every browser counts `ws:` of the same host as `'self'`. */
function contentSecurityPolicy(host: string): string {
  const sockets = /^[A-Za-z0-9.\-[\]:]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob: mediastream:",
    `connect-src 'self'${sockets}`,
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
