import { parentPort, workerData } from 'node:worker_threads';
import { checksumOfAll, type Streams } from './checksums.js';

/** Decodes the streams `rounds` times, answering each round with the checksum of all that came out. */
const { streams, rounds } = workerData as { streams: Streams; rounds: number };
for (let round = 0; round < rounds; round++) parentPort?.postMessage(checksumOfAll(streams));
