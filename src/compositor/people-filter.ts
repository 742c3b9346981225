import type { JournalRecord, TimelineEvent } from '../journal/records.js';

/**
 * Leaves people out of a journal's records: what they send and everything that is told of them. What is made
 * of the rest is as if they had not been there.
 */
export class PeopleFilter {
  readonly #without: ReadonlySet<string>;
  /** Numbers of their tracks. */
  readonly #tracks = new Set<number>();

  /** Ids of members. */
  constructor(without: Iterable<string>) {
    this.#without = new Set(without);
  }

  /** The record as it is without them; null where nothing is left of it. */
  pass(record: JournalRecord): JournalRecord | null {
    if (this.#without.size === 0) return record;
    switch (record.type) {
      case 'packet':
      case 'sender-report':
        return this.#tracks.has(record.track) ? null : record;
      case 'event': {
        const event = this.#event(record.event);
        return event === record.event ? record : event && { ...record, event };
      }
      default:
        return record;
    }
  }

  #event(event: TimelineEvent): TimelineEvent | null {
    switch (event.kind) {
      case 'track-started':
        if (this.#without.has(event.description.memberId)) this.#tracks.add(event.track);
        return this.#tracks.has(event.track) ? null : event;
      case 'member-on-stage':
      case 'member-off-stage':
      case 'chat':
        return this.#without.has(event.memberId) ? null : event;
      // Whoever was highlighted before is so no more.
      case 'highlight':
        return event.memberId !== null && this.#without.has(event.memberId) ? { ...event, memberId: null } : event;
      default:
        return 'track' in event && this.#tracks.has(event.track) ? null : event;
    }
  }
}
