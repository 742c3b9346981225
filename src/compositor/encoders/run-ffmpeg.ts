import { startFfmpeg } from './ffmpeg-child.js';

/** Runs ffmpeg once, `input` in and what it writes out. Throws as the encoders do. */
export async function runFfmpeg(path: string, args: string[], input: Uint8Array): Promise<Buffer> {
  const output: Buffer[] = [];
  const child = startFfmpeg({ path, args, maxInFlight: 1, onOutput: (chunk) => output.push(chunk) });
  try {
    await child.write(input);
    await child.end();
    return Buffer.concat(output);
  } finally {
    child.close();
  }
}
