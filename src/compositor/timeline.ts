import { initials } from '../core/initials.js';
import type { LayoutName } from '../core/layouts.js';
import type { SizePx, TrackDescription } from '../core/media.js';
import type { TimelineEvent } from '../journal/records.js';
import type { Scene, SceneContent, ScenePerson } from './layout.js';
import type { Speakers } from './speakers.js';

/** What overrules the journal (a recut). */
export interface TimelineOptions {
  layout?: LayoutName | null;
  transitions?: boolean;
}

const NOBODY_SPEAKS = { recent: [], speaks: () => false };
/** V3: initials stay for so long after their person spoke, so that the picture does not change with each pause. */
const INITIALS_STAY_US = 3_000_000;
const INITIALS_SIZE: SizePx = { widthPx: 1280, heightPx: 720 };

interface TrackState {
  description: TrackDescription;
  muted: boolean;
}

/**
 * Who and what can be seen and heard at a moment: the fold of the journal's events up to it. Pure.
 * Pauses are `RecordedTime`'s.
 */
export class Timeline {
  readonly #options: TimelineOptions;
  #transitions = true;
  #initials = false;
  #layout: LayoutName = 'stage';
  #highlighted: string | null = null;
  /** Members on stage, their places and names. */
  readonly #onStage = new Map<string, { seat: number; name: string }>();
  /** Of all who ever were on stage. */
  readonly #seats = new Map<string, number>();
  #nextSeat = 0;
  /** In the order of their start. */
  readonly #tracks = new Map<number, TrackState>();

  constructor(options: TimelineOptions = {}) {
    this.#options = options;
  }

  /** Whether tiles move to their places rather than jump. */
  get transitions(): boolean {
    return this.#transitions && this.#options.transitions !== false;
  }

  apply(event: TimelineEvent): void {
    switch (event.kind) {
      case 'started':
        this.#transitions = event.transitions ?? true;
        this.#initials = event.initials ?? false;
        this.#layout = event.layout;
        return;
      case 'layout':
        this.#layout = event.layout;
        return;
      case 'member-on-stage':
        this.#onStage.set(event.memberId, { seat: this.#seat(event.memberId, event.seat), name: event.name });
        return;
      case 'member-off-stage':
        this.#onStage.delete(event.memberId);
        return;
      case 'track-started':
        this.#tracks.set(event.track, { description: event.description, muted: false });
        return;
      case 'track-ended':
        this.#tracks.delete(event.track);
        return;
      case 'track-muted': {
        const track = this.#tracks.get(event.track);
        if (track) track.muted = event.muted;
        return;
      }
      case 'highlight':
        this.#highlighted = event.memberId;
        return;
      case 'track-codec':
      case 'paused':
      case 'resumed':
      case 'mark':
      case 'chat':
      case 'dropped':
        return;
    }
  }

  /** Whether a track is on stage and not muted: it is seen or heard. */
  isLive(track: number): boolean {
    const state = this.#tracks.get(track);
    return state !== undefined && !state.muted && this.#onStage.has(state.description.memberId);
  }

  /**
   * The scene; `sizeOf` gives the size of a track's newest picture, or null where there was none yet.
   * Of several screens, or cameras of one person, the one started last is shown.
   */
  scene(sizeOf: (track: number) => SizePx | null, speakers: Pick<Speakers, 'recent' | 'speaks'> = NOBODY_SPEAKS): Scene {
    let content: SceneContent | null = null;
    const people = new Map<string, ScenePerson>();
    for (const [number, { description }] of this.#tracks) {
      const { kind, source, memberId, trackId } = description;
      const size = kind === 'video' && this.isLive(number) ? sizeOf(number) : null;
      if (!size) continue;
      if (source === 'screen') content = { trackId, ...size };
      else if (source === 'camera') {
        const joinedOrder = this.#onStage.get(memberId)?.seat ?? 0;
        people.set(memberId, { memberId, trackId, joinedOrder, highlighted: memberId === this.#highlighted, ...size });
      }
    }
    if (this.#initials) for (const person of this.#withoutCamera(people, speakers)) people.set(person.memberId, person);
    const speaker = speakers.recent.find((memberId) => people.has(memberId)) ?? null;
    return {
      layout: this.#options.layout ?? this.#layout,
      content,
      people: [...people.values()],
      speaker,
      speaking: speaker !== null && speakers.speaks(speaker),
    };
  }
  /** V3: who has no picture and speaks, or is highlighted. */
  #withoutCamera(people: ReadonlyMap<string, ScenePerson>, speakers: Pick<Speakers, 'speaks'>): ScenePerson[] {
    return [...this.#onStage].flatMap(([memberId, { seat, name }]) => {
      const highlighted = memberId === this.#highlighted;
      if (people.has(memberId) || !(highlighted || speakers.speaks(memberId, INITIALS_STAY_US))) return [];
      return [{ memberId, trackId: `initials ${memberId}`, joinedOrder: seat, highlighted, letters: initials(name), ...INITIALS_SIZE }];
    });
  }

  #seat(memberId: string, told: number | undefined): number {
    const seat = told ?? this.#seats.get(memberId) ?? this.#nextSeat;
    this.#seats.set(memberId, seat);
    this.#nextSeat = Math.max(this.#nextSeat, seat + 1);
    return seat;
  }
}
