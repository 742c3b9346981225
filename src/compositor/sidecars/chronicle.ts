import type { TimelineEvent } from '../../journal/records.js';
import type { ChatLine, Happening, SpokenTurn } from './happening.js';
import { timelineChanges, type StageState } from './stage-changes.js';

/**
 * What happened in a recording, for its sidecars (F8). Pure: a fold of the journal's events and of who
 * speaks, at times of the recording. It sees the frames that a resumed movie has already, too, so that what
 * it tells does not depend on restarts.
 */

/** A turn as `Speakers` tells it, on the journal's clock. */
export interface HeardTurn {
  memberId: string;
  fromUs: number;
  untilUs: number;
}

export interface ChronicleFacts {
  roomId: string;
  sessionId: string;
  title: string;
  /** In the order of their first coming on stage. */
  people: { memberId: string; name: string }[];
  happenings: Happening[];
  turns: SpokenTurn[];
  /** What people wrote, where the room keeps it. */
  chat: ChatLine[];
  /** What did not fit. */
  dropped: { happenings: number; turns: number; chat: number };
}

/** Of more, the rest is counted only: some twenty an hour are usual, and a day has to fit in memory. */
const MAX_HAPPENINGS = 20_000;
const MAX_TURNS = 50_000;
const MAX_CHAT = 20_000;
const MAX_PEOPLE = 5_000;

export class Chronicle {
  readonly #limits: { happenings: number; turns: number };
  readonly #state: StageState = { onStage: new Set(), tracks: new Map(), highlighted: null };
  readonly #people = new Map<string, string>();
  readonly #happenings: Happening[] = [];
  readonly #turns: SpokenTurn[] = [];
  readonly #chat: ChatLine[] = [];
  /** Turns under way: where they began on the journal's clock. */
  readonly #speaking = new Map<string, { fromUs: number; turn: SpokenTurn | null }>();
  readonly #dropped = { happenings: 0, turns: 0, chat: 0 };
  #started = { roomId: '', sessionId: '', title: '' };
  #pausedAtUs: number | null = null;

  constructor(limits: { happenings?: number; turns?: number } = {}) {
    this.#limits = { happenings: MAX_HAPPENINGS, turns: MAX_TURNS, ...limits };
  }

  /** An event, at its time on the journal's clock and in the recording. */
  apply(event: TimelineEvent, timeUs: number, recordedUs: number): void {
    const atMs = Math.round(recordedUs / 1000);
    switch (event.kind) {
      case 'started': {
        const { roomId, sessionId, title } = event;
        this.#started = { roomId, sessionId, title };
        return;
      }
      case 'member-on-stage':
        if (this.#people.has(event.memberId) || this.#people.size < MAX_PEOPLE) this.#people.set(event.memberId, event.name);
        break;
      case 'paused':
        this.#pausedAtUs ??= timeUs;
        return;
      case 'resumed':
        if (this.#pausedAtUs !== null) this.#note({ kind: 'pause', atMs, lengthMs: Math.round((timeUs - this.#pausedAtUs) / 1000) });
        this.#pausedAtUs = null;
        return;
      case 'mark':
        this.#note({ kind: 'mark', atMs, memberId: event.memberId, label: event.label });
        return;
      case 'chat': {
        const { memberId, name, text } = event;
        if (this.#chat.length < MAX_CHAT) this.#chat.push({ atMs, memberId, name, text });
        else this.#dropped.chat++;
        return;
      }
      default:
        break;
    }
    for (const change of timelineChanges(this.#state, event)) this.#note({ ...change, atMs });
  }

  /** Turns that are under way at a frame. `recordedUs` gives the recorded time of a point of the journal's clock. */
  hear(turns: Iterable<HeardTurn>, recordedUs: (timeUs: number) => number): void {
    for (const { memberId, fromUs, untilUs } of turns) {
      const known = this.#speaking.get(memberId);
      if (known?.fromUs === fromUs) {
        if (known.turn) known.turn.endMs = Math.round(recordedUs(untilUs) / 1000);
        continue;
      }
      const turn = { memberId, startMs: Math.round(recordedUs(fromUs) / 1000), endMs: Math.round(recordedUs(untilUs) / 1000) };
      const fits = this.#turns.length < this.#limits.turns;
      if (fits) this.#turns.push(turn);
      else this.#dropped.turns++;
      this.#speaking.set(memberId, { fromUs, turn: fits ? turn : null });
    }
  }

  facts(): ChronicleFacts {
    return {
      ...this.#started,
      people: [...this.#people].map(([memberId, name]) => ({ memberId, name })),
      happenings: this.#happenings,
      turns: [...this.#turns].sort((a, b) => a.startMs - b.startMs || (a.memberId < b.memberId ? -1 : 1)),
      chat: this.#chat,
      dropped: { ...this.#dropped },
    };
  }

  #note(happening: Happening): void {
    if (this.#happenings.length < this.#limits.happenings) this.#happenings.push(happening);
    else this.#dropped.happenings++;
  }
}
