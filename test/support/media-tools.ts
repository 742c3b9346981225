import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Debian's ffmpeg and ffprobe as judges: never the encoder that the product itself brings along. */

/** Runs a program to its end; throws with the tail of its standard error when it fails. */
export async function run(program: string, args: string[], input?: Uint8Array): Promise<Buffer> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  const complaint = tailOf(child);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  await finished(child, program, complaint);
  return Buffer.concat(parts);
}

/** Standard output in blocks of exactly `bytes`; a last short block is an error. A block is valid until the next. */
export async function* blocksOf(program: string, args: string[], bytes: number): AsyncGenerator<Uint8Array> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const complaint = tailOf(child);
  const done = finished(child, program, complaint);
  done.catch(() => undefined);
  const block = Buffer.alloc(bytes);
  let filled = 0;
  try {
    for await (const part of child.stdout as AsyncIterable<Buffer>) {
      let offset = 0;
      while (offset < part.length) {
        const taken = part.copy(block, filled, offset, offset + bytes - filled);
        offset += taken;
        filled += taken;
        if (filled === bytes) {
          yield block;
          filled = 0;
        }
      }
    }
    await done;
    if (filled !== 0) throw new Error(`${program} ended in the middle of a block`);
  } finally {
    child.kill('SIGKILL');
  }
}

function tailOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (part: Buffer) => (text = (text + part.toString()).slice(-2000)));
  return () => text.trim();
}

async function finished(child: ChildProcess, program: string, complaint: () => string): Promise<void> {
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${complaint()}`);
}
