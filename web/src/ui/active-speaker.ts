/** Somebody who speaks for less than this, ms, is not the speaker: a cough, a yes. */
const SPEAKS_MS = 600;

export interface Speaking {
  /** Since when each of those who speak now does so, monotonic, ms. */
  since: ReadonlyMap<string, number>;
  /** The speaker so far. */
  speaker: string | null;
}

/** Who is the speaker now: the one so far while they speak; else who speaks for the longest. Pure. */
export function nextSpeaker({ since, speaker }: Speaking, nowMs: number): string | null {
  if (speaker !== null && since.has(speaker)) return speaker;
  const candidates = [...since].filter(([, sinceMs]) => nowMs - sinceMs >= SPEAKS_MS).sort((one, other) => one[1] - other[1]);
  return candidates[0]?.[0] ?? speaker;
}
