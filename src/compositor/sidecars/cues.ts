import type { SpokenTurn } from './happening.js';

/** A span of time and the text that stands in it. */
export interface Cue {
  startMs: number;
  endMs: number;
  text: string;
}

/** A turn is told for at least this long, so that a word can be read. */
const SHORTEST_MS = 700;

/**
 * Who speaks, as cues that do not overlap: where several do, all of them are named. `dropped` counts the
 * cues beyond `limit`.
 */
export function speakerCues(
  turns: readonly SpokenTurn[],
  people: readonly { memberId: string; name: string }[],
  durationMs: number,
  limit: number,
): { cues: Cue[]; dropped: number } {
  const names = new Map(people.map(({ memberId, name }) => [memberId, oneLine(name)]));
  const edges = turns
    .filter(({ startMs }) => startMs < durationMs)
    .flatMap((turn) => {
      const endMs = Math.min(durationMs, Math.max(turn.endMs, turn.startMs + SHORTEST_MS));
      return [
        { atMs: turn.startMs, memberId: turn.memberId, by: 1 },
        { atMs: endMs, memberId: turn.memberId, by: -1 },
      ];
    })
    .sort((a, b) => a.atMs - b.atMs);
  const speaking = new Map<string, number>();
  const cues: Cue[] = [];
  let fromMs = 0;
  for (const { atMs, memberId, by } of edges) {
    const text = [...speaking.keys()].map((id) => names.get(id) ?? '?').join(', ');
    if (text !== '' && atMs > fromMs) append(cues, { startMs: fromMs, endMs: atMs, text });
    fromMs = atMs;
    const count = (speaking.get(memberId) ?? 0) + by;
    if (count > 0) speaking.set(memberId, count);
    else speaking.delete(memberId);
  }
  return { cues: cues.slice(0, limit), dropped: Math.max(0, cues.length - limit) };
}

function append(cues: Cue[], cue: Cue): void {
  const last = cues.at(-1);
  if (last && last.endMs === cue.startMs && last.text === cue.text) last.endMs = cue.endMs;
  else cues.push(cue);
}

function oneLine(name: string): string {
  return name.replace(/[\p{Cc}\s]+/gu, ' ').trim() || '?';
}
