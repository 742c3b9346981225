import { audience } from './audience.js';
import { idleClient } from './idle-client.js';
import { joinToPicture } from './join-picture.js';
import { signalingRate } from './signaling.js';
import type { Trial } from './trial.js';

/** The room as its people know it: the real server in a process of its own. */
export const ROOM_TRIALS: readonly Trial[] = [
  {
    name: 'join-picture',
    input: 'from Join to the first picture of somebody else, loopback; p95',
    unit: 'ms',
    budget: { most: 1000 },
    run: joinToPicture,
  },
  {
    name: 'signaling',
    input: '100 people in 10 rooms raise hands; messages for a second of CPU',
    unit: 'messages',
    budget: { least: 5000 },
    run: signalingRate,
  },
  {
    name: 'idle-client',
    input: '20 connected clients that send nothing; CPU for each in a second',
    unit: 'ms',
    budget: { most: 3 },
    run: idleClient,
  },
  {
    name: 'audience',
    input: '500 more in the audience of one room; resident memory of each',
    unit: 'kB',
    budget: { most: 400 },
    run: audience,
  },
];
