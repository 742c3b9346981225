import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `server.json` in the data directory: where the server that uses it is reached, so that links made on
 * the command line fit whatever port and host the server was started with.
 */
interface ServerFile {
  pid: number;
  url: string;
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'server.json');
}

export function rememberServer(dataDir: string, url: string): void {
  const content: ServerFile = { pid: process.pid, url };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(pathIn(dataDir), `${JSON.stringify(content)}\n`);
}

export function forgetServer(dataDir: string): void {
  rmSync(pathIn(dataDir), { force: true });
}

/** The link of the server that runs on this data directory, or null where none does. */
export function runningServerUrl(dataDir: string): string | null {
  try {
    const { pid, url } = JSON.parse(readFileSync(pathIn(dataDir), 'utf8')) as ServerFile;
    return isAlive(pid) ? url : null;
  } catch {
    // Missing or cut short by a crash: no server is known.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
