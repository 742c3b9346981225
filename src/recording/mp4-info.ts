import { open, type FileHandle } from 'node:fs/promises';

/** What an MP4 (ISO/IEC 14496-12) says of itself, without decoding anything. */
export interface Mp4Info {
  /** `moov` comes before `mdat`: it plays before it is fully downloaded (V1). */
  moovInFront: boolean;
  durationMs: number;
  tracks: { handler: string; durationMs: number; samples: number }[];
  /** Bytes that the boxes at the top claim beyond the file's end; 0 in a whole file. */
  missingBytes: number;
}

const MAX_MOOV_BYTES = 256 << 20;
const CONTAINERS = new Set(['trak', 'mdia', 'minf', 'stbl']);

/** Null where the file is no MP4 with a `moov`. */
export async function readMp4Info(path: string): Promise<Mp4Info | null> {
  const handle = await open(path, 'r');
  try {
    return await readBoxes(handle);
  } catch (error) {
    // A box that ends inside one of its fields.
    if (error instanceof RangeError) return null;
    throw error;
  } finally {
    await handle.close();
  }
}

async function readBoxes(handle: FileHandle): Promise<Mp4Info | null> {
  const { size: fileBytes } = await handle.stat();
  const order: string[] = [];
  let moov: DataView | null = null;
  let at = 0;
  while (at + 8 <= fileBytes && order.length < 1000) {
    const head = new DataView(await readAt(handle, at, 16));
    const { type, sizeBytes, headBytes } = boxHead(head, 0, fileBytes - at);
    if (sizeBytes < headBytes) return null;
    order.push(type);
    if (type === 'moov' && at + sizeBytes <= fileBytes && sizeBytes <= MAX_MOOV_BYTES) {
      moov = new DataView(await readAt(handle, at + headBytes, sizeBytes - headBytes));
    }
    at += sizeBytes;
  }
  if (!moov || !order.includes('mdat')) return null;
  const facts: MoovFacts = { timescale: 1, durationMs: 0, tracks: [] };
  readMoov(moov, 0, moov.byteLength, facts);
  return { moovInFront: order.indexOf('moov') < order.indexOf('mdat'), missingBytes: Math.max(0, at - fileBytes), durationMs: facts.durationMs, tracks: facts.tracks };
}

type MoovFacts = Pick<Mp4Info, 'durationMs' | 'tracks'> & { timescale: number };

function readMoov(view: DataView, from: number, to: number, facts: MoovFacts): void {
  for (let at = from; at + 8 <= to; ) {
    const { type, sizeBytes, headBytes } = boxHead(view, at, to - at);
    if (sizeBytes < headBytes || at + sizeBytes > to) return;
    const body = at + headBytes;
    const track = facts.tracks.at(-1);
    if (type === 'trak') facts.tracks.push({ handler: '', durationMs: 0, samples: 0 });
    if (CONTAINERS.has(type)) readMoov(view, body, at + sizeBytes, facts);
    else if (type === 'mvhd') readMovieHeader(view, body, facts);
    else if (type === 'tkhd' && track) track.durationMs = presentedMs(view, body, facts.timescale);
    else if (type === 'hdlr' && track) track.handler = fourCharacters(view, body + 8);
    else if (type === 'stsz' && track) track.samples = view.getUint32(body + 8);
    at += sizeBytes;
  }
}

/** Section 8.2.2. It stands before the tracks, whose durations are in its time scale. */
function readMovieHeader(view: DataView, body: number, facts: MoovFacts): void {
  const long = view.getUint8(body) === 1;
  facts.timescale = view.getUint32(body + (long ? 20 : 12)) || 1;
  const duration = long ? Number(view.getBigUint64(body + 24)) : view.getUint32(body + 16);
  facts.durationMs = Math.round((duration * 1000) / facts.timescale);
}

/** The track header's duration (section 8.3.2): what is presented, after the edit list cut the sound's priming and tail. */
function presentedMs(view: DataView, body: number, timescale: number): number {
  const long = view.getUint8(body) === 1;
  const duration = long ? Number(view.getBigUint64(body + 28)) : view.getUint32(body + 20);
  return Math.round((duration * 1000) / timescale);
}

function boxHead(view: DataView, at: number, restBytes: number): { type: string; sizeBytes: number; headBytes: number } {
  const size = view.getUint32(at);
  const type = fourCharacters(view, at + 4);
  if (size === 1 && at + 16 <= view.byteLength) return { type, sizeBytes: Number(view.getBigUint64(at + 8)), headBytes: 16 };
  return { type, sizeBytes: size === 0 ? restBytes : size, headBytes: 8 };
}

function fourCharacters(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));
}

/** Short at the end of the file: the rest is zero. */
async function readAt(handle: FileHandle, at: number, lengthBytes: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(lengthBytes);
  await handle.read(bytes, 0, lengthBytes, at);
  return bytes.buffer;
}
