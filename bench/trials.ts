import type { Trial } from './trial.js';
import { PART_TRIALS } from './trials-parts.js';
import { RECORDING_TRIALS } from './trials-recordings.js';
import { ROOM_TRIALS } from './trials-rooms.js';

export const TRIALS: readonly Trial[] = [...PART_TRIALS, ...RECORDING_TRIALS, ...ROOM_TRIALS];
