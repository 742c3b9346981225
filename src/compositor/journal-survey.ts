import { readJournal } from '../journal/reader.js';
import { RecordedTime } from './recorded-time.js';

/** What a journal has, found out by reading all of it. */
export interface JournalSurvey {
  /** Everybody who was on stage, in the order of coming. Who came back may be here twice, by another id. */
  people: { memberId: string; name: string }[];
  /** Pauses cut out. */
  recordedMs: number;
}

export async function surveyJournal(journalDir: string): Promise<JournalSurvey> {
  const reader = readJournal(journalDir);
  const time = new RecordedTime();
  const people = new Map<string, string>();
  let lastUs = 0;
  for await (const record of reader) {
    lastUs = Math.max(lastUs, record.timeUs);
    if (record.type !== 'event') continue;
    const { event } = record;
    if (event.kind === 'paused') time.pause(record.timeUs);
    if (event.kind === 'resumed') time.resume(record.timeUs);
    if (event.kind === 'member-on-stage') people.set(event.memberId, event.name);
  }
  return { people: [...people].map(([memberId, name]) => ({ memberId, name })), recordedMs: time.recordedUs(lastUs) / 1000 };
}
