import type { ChronicleFacts } from './chronicle.js';
import type { Happening } from './happening.js';

/**
 * What happened between two recorded times, reckoned from the first: of a part of a recording. What was on
 * when the part begins comes on at its 0.
 */
export function sliceOf(facts: ChronicleFacts, fromMs: number, toMs: number): ChronicleFacts {
  if (fromMs <= 0 && toMs === Infinity) return facts;
  const open = new Map<string, Happening>();
  const happenings: Happening[] = [];
  for (const happening of facts.happenings) {
    if (happening.atMs >= fromMs) {
      if (happening.atMs < toMs) happenings.push({ ...happening, atMs: happening.atMs - fromMs });
      continue;
    }
    const { kind } = happening;
    if (kind === 'mark' || kind === 'pause') continue;
    // One person is highlighted at a time.
    const key = kind.startsWith('highlight') ? 'highlight' : `${kind.replace(/-(on|off)$/, '')} ${happening.memberId}`;
    if (kind.endsWith('-on')) open.set(key, { ...happening, atMs: 0 });
    else open.delete(key);
  }
  const turns = facts.turns
    .filter(({ startMs, endMs }) => endMs > fromMs && startMs < toMs)
    .map((turn) => ({ ...turn, startMs: Math.max(0, turn.startMs - fromMs), endMs: Math.min(toMs, turn.endMs) - fromMs }));
  const chat = facts.chat.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map((line) => ({ ...line, atMs: line.atMs - fromMs }));
  return { ...facts, happenings: [...open.values(), ...happenings], turns, chat };
}
