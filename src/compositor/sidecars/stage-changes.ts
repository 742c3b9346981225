import type { TrackSource } from '../../core/media.js';
import type { TimelineEvent } from '../../journal/records.js';
import type { Happening } from './happening.js';

/** Who and what is on stage, kept by `timelineChanges`. */
export interface StageState {
  onStage: Set<string>;
  /** By the journal's number, in the order of their start. */
  tracks: Map<number, { memberId: string; source: TrackSource; muted: boolean }>;
  highlighted: string | null;
}

type Change = { kind: Exclude<Happening['kind'], 'mark' | 'pause'>; memberId: string };

const NAMED = { camera: 'camera', microphone: 'microphone', screen: 'content' } as const;

/** Applies an event to `state`, and says what people would see changing. */
export function timelineChanges(state: StageState, event: TimelineEvent): Change[] {
  const before = live(state);
  const changes = apply(state, event);
  const after = live(state);
  for (const [key, { memberId, what }] of before) if (!after.has(key)) changes.push({ kind: `${what}-off`, memberId });
  for (const [key, { memberId, what }] of after) if (!before.has(key)) changes.push({ kind: `${what}-on`, memberId });
  return changes;
}

function apply(state: StageState, event: TimelineEvent): Change[] {
  switch (event.kind) {
    case 'member-on-stage':
      if (state.onStage.has(event.memberId)) return [];
      state.onStage.add(event.memberId);
      return [{ kind: 'stage-on', memberId: event.memberId }];
    case 'member-off-stage':
      return state.onStage.delete(event.memberId) ? [{ kind: 'stage-off', memberId: event.memberId }] : [];
    case 'track-started': {
      const { memberId, source } = event.description;
      state.tracks.set(event.track, { memberId, source, muted: false });
      return [];
    }
    case 'track-ended':
      state.tracks.delete(event.track);
      return [];
    case 'track-muted': {
      const track = state.tracks.get(event.track);
      if (track) track.muted = event.muted;
      return [];
    }
    case 'highlight': {
      const { highlighted } = state;
      if (highlighted === event.memberId) return [];
      state.highlighted = event.memberId;
      if (event.memberId !== null) return [{ kind: 'highlight-on', memberId: event.memberId }];
      return highlighted === null ? [] : [{ kind: 'highlight-off', memberId: highlighted }];
    }
    default:
      return [];
  }
}

/** What is seen or heard of whom; several tracks of one kind count once. */
function live(state: StageState): Map<string, { memberId: string; what: 'camera' | 'microphone' | 'content' }> {
  const found = new Map<string, { memberId: string; what: 'camera' | 'microphone' | 'content' }>();
  for (const { memberId, source, muted } of state.tracks.values()) {
    if (muted || source === 'screen-audio' || !state.onStage.has(memberId)) continue;
    const what = NAMED[source];
    found.set(`${what} ${memberId}`, { memberId, what });
  }
  return found;
}
