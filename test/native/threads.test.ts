import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { checksumOfAll, type Streams } from './support/checksums.js';
import type { CodecName } from '../../src/core/media.js';
import { codedVideo } from '../support/coded-video.js';
import { opusPackets } from './support/streams.js';

const script = new URL('./support/decode-worker.js', import.meta.url);
const codecs: CodecName[] = ['VP8', 'VP9', 'H264', 'AV1'];
const streams: Streams = {
  video: codecs.map((codec) => ({ codec, frames: codedVideo({ codec, widthPx: 320, heightPx: 180, frames: 12, more: ['-g', '10'] }).frames })),
  sound: opusPackets(700, 0.5),
};

async function checksums(worker: Worker): Promise<number[]> {
  const answers: number[] = [];
  worker.on('message', (answer: number) => answers.push(answer));
  const [code] = (await once(worker, 'exit')) as [number];
  if (code !== 0) throw new Error(`the worker ended with ${code}`);
  return answers;
}

t.test('worker threads decode at once, each as if it were alone', async (t) => {
  const expected = checksumOfAll(streams);
  const workers = [1, 2].map(() => new Worker(script, { workerData: { streams, rounds: 5 } }));
  const answers = Promise.all(workers.map(checksums));
  for (let round = 0; round < 3; round++) t.equal(checksumOfAll(streams), expected);
  for (const answer of await answers) t.same(answer, Array.from({ length: 5 }, () => expected));
});

t.test('a worker that is ended in the middle of its work takes nobody with it', async (t) => {
  const expected = checksumOfAll(streams);
  for (let round = 0; round < 15; round++) {
    const worker = new Worker(script, { workerData: { streams, rounds: 1_000_000 } });
    await once(worker, 'message');
    t.equal(await worker.terminate(), 1);
  }
  t.equal(checksumOfAll(streams), expected);
});
