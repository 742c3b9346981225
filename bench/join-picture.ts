import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PEOPLE } from '../test/support/pattern.js';
import { Publishers } from '../test/support/publishers.js';
import { inHouse } from './house.js';
import { median, percentile } from './measure.js';
import type { Measurement } from './trial.js';

const CLIENT = fileURLToPath(new URL('./join-picture-client.js', import.meta.url));
const JOINS = 20;

/** From `join` to the first picture of somebody else, over loopback: libwebrtc under the client library on both sides. */
export function joinToPicture(): Promise<Measurement> {
  return inHouse(async (house) => {
    const room = await house.room();
    const publishers = new Publishers();
    try {
      publishers.join('host', room.hostUrl, PEOPLE.host, { widthPx: 640, fps: 30 });
      await publishers.untilState('host', ({ own }) => own?.tracks.length === 2, 30_000);
      const args = ['--experimental-websocket', '--no-warnings', CLIENT, room.participantUrl, String(JOINS)];
      // The publishers are a process of their own and go on meanwhile.
      const result = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
      const line = result.stdout.trim().split('\n').at(-1) ?? '';
      if (!line.startsWith('[')) throw new Error(`The client failed: ${result.stderr || result.signal}`);
      const times = JSON.parse(line) as number[];
      return { value: percentile(times, 0.95), also: { joins: times.length, median: median(times), most: Math.max(...times) } };
    } finally {
      await publishers.close();
    }
  });
}
