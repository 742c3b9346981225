import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { AppError, messageOf } from '../core/errors.js';

export interface Secrets {
  /** Signs join tokens; 32 bytes in base64url. */
  tokenKey: string;
  /** Bearer secret of admins' HTTP requests; 32 bytes in base64url. */
  adminSecret: string;
}

const secret = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43,}$/));
const secretsFile = v.object({ tokenKey: secret, adminSecret: secret });

/**
 * Reads the secrets, or makes them on the first start. The file appears whole and readable by its owner
 * only, and where two processes start at once both use the same one. Throws `AppError` `secrets_unreadable`:
 * a damaged file is never replaced, since that would void every link that was given out.
 * `onMade` is told where this call made them.
 */
export function loadSecrets(path: string, onMade: (secrets: Secrets) => void = () => undefined): Secrets {
  const kept = read(path);
  if (kept) return kept;
  const { secrets, isOurs } = create(path);
  if (isOurs) onMade(secrets);
  return secrets;
}

function read(path: string): Secrets | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unreadable(path, error);
  }
  try {
    return v.parse(secretsFile, JSON.parse(text));
  } catch (error) {
    throw unreadable(path, error);
  }
}

function create(path: string): { secrets: Secrets; isOurs: boolean } {
  const made: Secrets = {
    tokenKey: randomBytes(32).toString('base64url'),
    adminSecret: randomBytes(32).toString('base64url'),
  };
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeSync(file, `${JSON.stringify(made, null, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // Unlike rename, link fails where another process was first; its secrets then count.
    linkSync(draft, path);
    return { secrets: made, isOurs: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const others = read(path);
    if (!others) throw error;
    return { secrets: others, isOurs: false };
  } finally {
    rmSync(draft, { force: true });
  }
}

function unreadable(path: string, cause: unknown): AppError {
  return new AppError('secrets_unreadable', `${path} cannot be read; restore it from a backup. (${messageOf(cause)})`, {
    audience: 'operator',
    status: 500,
    cause,
  });
}
