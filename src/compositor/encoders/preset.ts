/**
 * The preset of x264 follows the load: down while the movie falls behind the meeting, up where the machine has room.
 * Pure: time and load are arguments.
 */

/** From the cheapest to the best. All are above the stated quality (SSIM 0.99, of the webcams alone 0.96). */
export const LADDER: readonly string[] = ['ultrafast', 'superfast', 'veryfast'];

/** What is seen at a keyframe. */
export interface Load {
  /** Any clock that never jumps, ms. */
  nowMs: number;
  /** How far the movie is behind the meeting, ms. */
  lagMs: number;
  /** The part of the machine's processors that nobody uses, 0 to 1. */
  idle: number;
}

export interface PresetState {
  preset: string;
  /** Of the last change, or of the beginning; null before the first look. */
  changedAtMs: number | null;
  lagMs: number;
  /** Looks in a row at which the lag had grown. */
  growing: number;
  /** Since when there is room without a break; null while there is none. */
  roomSinceMs: number | null;
  /** There has to be room for so long before it goes up. */
  patienceMs: number;
}

/** Below this a lag is the wait for late packets, or one slow second. */
const BEHIND_MS = 2_000;
/** A recording that is so far behind catches up, growing or not. */
const FAR_BEHIND_MS = 15_000;
/** Less growth than this between two keyframes is noise. */
const GROWTH_MS = 100;
const GROWING_LOOKS = 2;
/** A lower preset takes so long to show in the lag. */
const SETTLE_MS = 6_000;

/** In time, and a step up costs a tenth of a core where half of all is idle. */
const IN_TIME_MS = 500;
const ROOM = 0.5;
const PATIENCE_MS = 30_000;
/** Each time that it had to go down it waits twice as long before it goes up again. */
const MAX_PATIENCE_MS = 600_000;

export function firstPreset(preset: string): PresetState {
  return { preset, changedAtMs: null, lagMs: 0, growing: 0, roomSinceMs: null, patienceMs: PATIENCE_MS };
}

/** The state after a look at the load; one that is not on the ladder stays. */
export function nextPreset(state: PresetState, { nowMs, lagMs, idle }: Load): PresetState {
  const rung = LADDER.indexOf(state.preset);
  const changedAtMs = state.changedAtMs ?? nowMs;
  const growing = lagMs >= BEHIND_MS && lagMs > state.lagMs + GROWTH_MS ? state.growing + 1 : 0;
  const roomSinceMs = lagMs < IN_TIME_MS && idle >= ROOM ? (state.roomSinceMs ?? nowMs) : null;
  const seen: PresetState = { ...state, changedAtMs, lagMs, growing, roomSinceMs };
  const changed = (preset: string | undefined): PresetState =>
    preset === undefined ? seen : { ...seen, preset, changedAtMs: nowMs, growing: 0, roomSinceMs: null };

  const isBehind = growing >= GROWING_LOOKS || lagMs >= FAR_BEHIND_MS;
  if (isBehind && rung > 0 && nowMs - changedAtMs >= SETTLE_MS) {
    return { ...changed(LADDER[rung - 1]), patienceMs: Math.min(MAX_PATIENCE_MS, state.patienceMs * 2) };
  }
  const hasRoom = roomSinceMs !== null && nowMs - roomSinceMs >= state.patienceMs && nowMs - changedAtMs >= state.patienceMs;
  return hasRoom && rung >= 0 ? changed(LADDER[rung + 1]) : seen;
}
