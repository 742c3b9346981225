import { closeSync, copyFileSync, existsSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { AccessUnit } from '../../../src/compositor/encoders/encoder.js';
import { CHUNK_FRAMES, aacFramesFor, aacFramesOfMovie } from '../../../src/compositor/movie/chunks.js';
import { MovieWriter } from '../../../src/compositor/movie/movie-writer.js';

const OPTIONS = { format: { widthPx: 1920, heightPx: 1080 }, createdAtMs: Date.UTC(2026, 0, 1) };

/** Units and frames whose bytes tell their number. */
function unit(n: number): AccessUnit {
  const data = Buffer.alloc(40 + (n % 7), n & 0xff);
  const keyframe = n % CHUNK_FRAMES === 0;
  const sets = { sps: Uint8Array.from([0x67, 100, 0, 40, 1]), pps: Uint8Array.from([0x68, 2]) };
  return { data, keyframe, parameterSets: keyframe ? sets : null };
}

function sound(n: number): Uint8Array {
  return Buffer.alloc(10 + (n % 3), (n + 1) & 0xff);
}

/** Adds frames `from` to `to` with their sound, as the encoders of a movie started or resumed there would. */
function feed(movie: MovieWriter, to: number): void {
  let audio = movie.audioFramesStored;
  for (let n = movie.framesStored; n < to; n++) {
    movie.addAccessUnit(unit(n));
    for (; audio < aacFramesFor(n + 1); audio++) movie.addAudioFrame(sound(audio));
  }
}

async function whole(path: string, frames: number, options: { reservedBytes?: number; insertRange?: boolean } = {}): Promise<void> {
  const movie = await MovieWriter.open({ path, ...OPTIONS, ...options }, false);
  feed(movie, frames);
  for (let n = aacFramesFor(frames); n < aacFramesOfMovie(frames); n++) movie.addAudioFrame(sound(n));
  await movie.finish();
}

interface Box {
  type: string;
  start: number;
  end: number;
}

function boxes(file: Buffer, start = 0, end = file.length): Box[] {
  const found: Box[] = [];
  for (let at = start; at < end; ) {
    const short = file.readUInt32BE(at);
    const size = short === 1 ? Number(file.readBigUInt64BE(at + 8)) : short;
    if (size < 8 || at + size > end) throw new Error(`a box of ${size} bytes at ${at}`);
    found.push({ type: file.toString('latin1', at + 4, at + 8), start: at, end: at + size });
    at += size;
  }
  return found;
}

function inside(file: Buffer, ...path: string[]): Box[] {
  return path.reduce((found, type) => found.filter((box) => box.type === type).flatMap((box) => boxes(file, box.start + 8, box.end)), boxes(file));
}

/** All samples of a track by its tables: 0 picture, 1 sound. */
function samples(path: string, track: number): Buffer[] {
  const file = readFileSync(path);
  const trak = inside(file, 'moov').filter((box) => box.type === 'trak')[track] as Box;
  const tables = ['mdia', 'minf', 'stbl'].reduce(
    (found, type) => found.filter((box) => box.type === type).flatMap((box) => boxes(file, box.start + 8, box.end)),
    boxes(file, trak.start + 8, trak.end),
  );
  const table = (type: string): Buffer => {
    const box = tables.find((one) => one.type === type) as Box;
    return file.subarray(box.start + 12, box.end);
  };
  const [stsz, stsc, co64] = [table('stsz'), table('stsc'), table('co64')] as [Buffer, Buffer, Buffer];
  const found: Buffer[] = [];
  let entry = 0;
  for (let chunk = 1; chunk <= co64.readUInt32BE(0); chunk++) {
    if (entry + 1 < stsc.readUInt32BE(0) && stsc.readUInt32BE(4 + (entry + 1) * 12) === chunk) entry++;
    let at = Number(co64.readBigUInt64BE(4 + (chunk - 1) * 8));
    for (let i = 0; i < stsc.readUInt32BE(8 + entry * 12); i++) {
      const size = stsz.readUInt32BE(8 + found.length * 4);
      found.push(file.subarray(at, at + size));
      at += size;
    }
  }
  return found;
}

function checkSamples(t: Test, path: string, frames: number): void {
  const video = samples(path, 0);
  const audio = samples(path, 1);
  t.equal(video.length, frames);
  t.ok(video.every((data, n) => data.equals(Buffer.from(unit(n).data))), 'each picture is where the tables say');
  t.equal(audio.length, aacFramesOfMovie(frames));
  t.ok(audio.every((data, n) => data.equals(Buffer.from(sound(n)))), 'and each AAC frame');
}

t.test('a movie has its moov in front and all samples where it says', async (t) => {
  for (const frames of [1, 59, 60, 61, 200]) {
    const path = join(t.testdir(), `${frames}.mp4`);
    await whole(path, frames);
    checkSamples(t, path, frames);
    t.same(boxes(readFileSync(path)).map((box) => box.type), ['ftyp', 'moov', 'free', 'mdat']);
    t.notOk(existsSync(`${path}.index`));
  }
});

t.test('a moov that does not fit gets room, by insertion or by a copy', async (t) => {
  const dir = t.testdir();
  for (const insertRange of [true, false]) {
    const path = join(dir, `${insertRange}.mp4`);
    await whole(path, 1_200, { reservedBytes: 8_192, insertRange });
    checkSamples(t, path, 1_200);
    t.equal(boxes(readFileSync(path))[1]?.type, 'moov');
    t.notOk(existsSync(`${path}.moved`));
  }
});

/** A movie of so many whole chunks of 240 kB, unfinished. */
async function unfinished(path: string, chunks: number, options: { reservedBytes: number; insertRange: boolean }): Promise<MovieWriter> {
  const movie = await MovieWriter.open({ path, ...OPTIONS, ...options }, false);
  for (let n = 0; n < chunks * CHUNK_FRAMES; n++) {
    movie.addAccessUnit({ ...unit(n), data: Buffer.alloc(4_000, n & 0xff) });
    if ((n + 1) % CHUNK_FRAMES > 0) continue;
    const sounds = aacFramesFor(n + 1) - movie.audioFramesStored;
    for (let frame = 0; frame < sounds; frame++) movie.addAudioFrame(sound(frame));
    await movie.settle();
  }
  return movie;
}

/** Bytes that this process read and wrote, through the cache or not. */
function bytesMoved(): number {
  const io = readFileSync('/proc/self/io', 'utf8');
  return ['rchar', 'wchar'].reduce((sum, name) => sum + Number(new RegExp(`${name}: (\\d+)`).exec(io)?.[1]), 0);
}

t.test('finishing moves the table of contents and what was left, and not the movie', async (t) => {
  const dir = t.testdir();
  const CHUNKS = 100;
  for (const options of [
    { reservedBytes: 8_192, insertRange: true },
    { reservedBytes: 2 << 20, insertRange: false },
  ]) {
    const path = join(dir, `${options.insertRange}.mp4`);
    const movie = await unfinished(path, CHUNKS, options);
    const { ino, size } = statSync(path);
    t.ok(size > 22 << 20);
    const before = bytesMoved();
    await movie.finish();
    const moved = bytesMoved() - before;
    t.ok(moved < 1 << 20, `${moved} bytes, insertion ${options.insertRange}`);
    t.equal(statSync(path).ino, ino, 'it is the same file');
    t.equal(samples(path, 0).length, CHUNKS * CHUNK_FRAMES);
    t.equal(boxes(readFileSync(path))[1]?.type, 'moov');
  }
});

t.test('room for the moov that grew while the movie did survives a kill at any point', async (t) => {
  const dir = t.testdir();
  const path = join(dir, 'movie.mp4');
  const movie = await MovieWriter.open({ path, ...OPTIONS, reservedBytes: 8_192, insertRange: true }, false);
  feed(movie, 3_010);
  await movie.close();
  t.equal(readFileSync(path).readUInt32BE(32), 65_536, 'the room was doubled three times');
  const copy = join(dir, 'copy.mp4');
  for (const noted of [65_536, 32_768]) {
    copyFileSync(path, copy);
    copyFileSync(`${path}.index`, `${copy}.index`);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(noted);
    const handle = openSync(copy, 'r+');
    writeSync(handle, bytes, 0, 4, 32);
    closeSync(handle);
    const resumed = await MovieWriter.open({ path: copy, ...OPTIONS, reservedBytes: 8_192, insertRange: true }, true);
    t.equal(resumed.framesStored, 3_000);
    feed(resumed, 6_000);
    for (let n = aacFramesFor(6_000); n < aacFramesOfMovie(6_000); n++) resumed.addAudioFrame(sound(n));
    await resumed.finish();
    checkSamples(t, copy, 6_000);
  }
  truncateSync(path, statSync(path).size - 1_000);
  const cut = await MovieWriter.open({ path, ...OPTIONS, reservedBytes: 8_192, insertRange: true }, true);
  t.equal(cut.framesStored, 2_940);
  await cut.close();
});

t.test('what little is left of a large room for the moov is not kept', async (t) => {
  const path = join(t.testdir(), 'movie.mp4');
  await whole(path, 200, { insertRange: false });
  checkSamples(t, path, 200);
  t.ok(statSync(path).size < 100_000);
});

t.test('a movie begun where no room can be inserted goes on where it can, and the other way round', async (t) => {
  const dir = t.testdir();
  for (const insertRange of [true, false]) {
    const path = join(dir, `${insertRange}.mp4`);
    const begun = await MovieWriter.open({ path, ...OPTIONS, insertRange }, false);
    feed(begun, 190);
    await begun.close();
    const movie = await MovieWriter.open({ path, ...OPTIONS, insertRange: !insertRange }, true);
    t.equal(movie.framesStored, 180);
    feed(movie, 200);
    for (let n = aacFramesFor(200); n < aacFramesOfMovie(200); n++) movie.addAudioFrame(sound(n));
    await movie.finish();
    checkSamples(t, path, 200);
  }
});

t.test('text stands behind the moov, whatever room that needs', async (t) => {
  const dir = t.testdir();
  const text = {
    chapters: Array.from({ length: 255 }, (_, i) => ({ startMs: i * 100, title: `${i} ${'ä€😀'.repeat(60)}` })),
    speakers: Array.from({ length: 300 }, (_, i) => ({ startMs: i * 100 + 20, endMs: i * 100 + 90, text: `Person ${i}` })),
  };
  for (const [reservedBytes, insertRange] of [[1 << 20, true], [8_192, true], [8_192, false]] as const) {
    const path = join(dir, `${reservedBytes}-${insertRange}.mp4`);
    const movie = await MovieWriter.open({ path, ...OPTIONS, reservedBytes, insertRange }, false);
    feed(movie, 1_200);
    for (let n = aacFramesFor(1_200); n < aacFramesOfMovie(1_200); n++) movie.addAudioFrame(sound(n));
    await movie.finish(text);
    checkSamples(t, path, 1_200);
    const file = readFileSync(path);
    t.same(boxes(file).map(({ type }) => type).slice(0, 3), ['ftyp', 'moov', 'mdat']);
    const chapters = samples(path, 2).map((data) => data.toString('utf8', 2, 2 + data.readUInt16BE(0)));
    t.equal(chapters.length, 255);
    t.ok(chapters.every((title, i) => title.startsWith(`${i} ä€😀`) && Buffer.byteLength(title) <= 240 && !title.includes('\ufffd')));
    const spoken = samples(path, 3).map((data) => data.toString('utf8', 2));
    t.same(spoken.slice(0, 5), ['', 'Person 0', '', 'Person 1', '']);
    t.equal(spoken.length, 601);
  }
});

t.test('a movie that was left goes on behind its last whole chunk', async (t) => {
  const path = join(t.testdir(), 'movie.mp4');
  let movie = await MovieWriter.open({ path, ...OPTIONS }, false);
  for (const stop of [70, 100, 200, 290]) {
    feed(movie, stop);
    await movie.close();
    await movie.close();
    movie = await MovieWriter.open({ path, ...OPTIONS }, true);
    t.equal(movie.framesStored, Math.floor(stop / CHUNK_FRAMES) * CHUNK_FRAMES);
    t.equal(movie.audioFramesStored, aacFramesFor(movie.framesStored));
  }
  feed(movie, 300);
  for (let n = aacFramesFor(300); n < aacFramesOfMovie(300); n++) movie.addAudioFrame(sound(n));
  await movie.finish();
  checkSamples(t, path, 300);
});

t.test('whatever a kill leaves of index and file, what is resumed is whole', async (t) => {
  const dir = t.testdir();
  const path = join(dir, 'movie.mp4');
  const movie = await MovieWriter.open({ path, ...OPTIONS }, false);
  feed(movie, 190);
  await movie.close();
  const index = readFileSync(`${path}.index`);
  const size = statSync(path).size;
  const copy = join(dir, 'copy.mp4');
  const resume = async (): Promise<number> => {
    const resumed = await MovieWriter.open({ path: copy, ...OPTIONS }, true);
    const frames = resumed.framesStored;
    await resumed.close();
    return frames;
  };
  let before = 0;
  for (let length = 0; length <= index.length; length += 13) {
    copyFileSync(path, copy);
    writeFileSync(`${copy}.index`, index.subarray(0, length));
    const frames = await resume();
    t.ok(frames % CHUNK_FRAMES === 0 && frames >= before && frames <= 180, `${length} bytes of the index: ${frames} frames`);
    before = frames;
  }
  for (let bit = 70; bit < index.length * 8; bit += 1_009) {
    copyFileSync(path, copy);
    const flipped = Buffer.from(index);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    writeFileSync(`${copy}.index`, flipped);
    t.ok((await resume()) < 180, 'a record that was changed is not believed');
  }
  copyFileSync(path, copy);
  writeFileSync(`${copy}.index`, index);
  truncateSync(copy, size - 2_000);
  t.equal(await resume(), 120, 'nor one whose media is not all there');
});

t.test('parameter sets are copied: what they were part of is not kept as long as the movie is made', async (t) => {
  const path = join(t.testdir(), 'movie.mp4');
  const movie = await MovieWriter.open({ path, ...OPTIONS }, false);
  let audio = 0;
  for (let n = 0; n < 2 * CHUNK_FRAMES; n++) {
    // As an encoder's message: the sets in front of the picture.
    const message = Buffer.from([0x67, 100, 0, 40, 1, 0x68, 2, ...unit(n).data]);
    const keyframe = n % CHUNK_FRAMES === 0;
    movie.addAccessUnit({ data: message.subarray(7), keyframe, parameterSets: keyframe ? { sps: message.subarray(0, 5), pps: message.subarray(5, 7) } : null });
    for (; audio < aacFramesFor(n + 1); audio++) movie.addAudioFrame(sound(audio));
    // Whoever keeps a view would see it.
    message.fill(0, 0, 7);
  }
  for (; audio < aacFramesOfMovie(2 * CHUNK_FRAMES); audio++) movie.addAudioFrame(sound(audio));
  await movie.finish();
  const file = readFileSync(path);
  t.ok(file.includes(Buffer.from([1, 100, 0, 40, 0xff, 0xe1, 0, 5, 0x67, 100, 0, 40, 1, 1, 0, 2, 0x68, 2])), 'the avcC has them (ISO/IEC 14496-15 section 5.3.3.1)');
});

t.test('a chunk that does not begin with a keyframe is refused', async (t) => {
  const movie = await MovieWriter.open({ path: join(t.testdir(), 'movie.mp4'), ...OPTIONS }, false);
  movie.addAccessUnit(unit(1));
  await t.rejects(movie.settle(), { code: 'encoder_failed' });
  await movie.close();
});

t.test('a folder that is not there is a clear error', async (t) => {
  await t.rejects(MovieWriter.open({ path: '/nowhere/movie.mp4', ...OPTIONS }, false), { code: 'movie_write_failed' });
});
