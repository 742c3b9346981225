import type { Role } from '../../../src/core/roles.js';
import type { RecordingMessage } from '../../../src/signaling/protocol.js';

/** What people are told (R2, R3, R6, R7), as facts; the words are the catalogue's. */
export type NoticeContent =
  | { kind: 'recording-starting' }
  /** R3: stays until it is confirmed. */
  | { kind: 'recorded'; recordingId: string }
  /** R6, for hosts and moderators and for participants. */
  | { kind: 'upload-started' }
  | { kind: 'recording-completed' }
  /** R7 */
  | { kind: 'recording-available'; name: string | null; url: string | null }
  | { kind: 'recording-failed'; message: string }
  /** F8 */
  | { kind: 'moment-marked' }
  | { kind: 'problem'; message: string };

export interface Notice {
  /** A later notice with the same key replaces the earlier one. */
  key: string;
  content: NoticeContent;
  /** Monotonic time at which it goes away by itself, or null. */
  expiresAtMs: number | null;
}

/** How long a notice that asks for nothing stays, ms. */
const PASSING_MS = 12_000;

/** R2 stays this long though the recording is running sooner: so that everybody can read it. */
const STARTING_MS = 5_000;

/**
 * The notices after the room's recording went from `before` to `after` (null: none). States may be
 * skipped: a client that was away sees the outcome.
 */
export function noticesAfterRecording(
  notices: readonly Notice[],
  before: RecordingMessage | null,
  after: RecordingMessage | null,
  role: Role,
  nowMs: number,
): Notice[] {
  if (after === null) return notices.filter(({ content }) => content.kind !== 'recorded' && content.kind !== 'recording-starting');
  const same = before?.recordingId === after.recordingId ? before : null;
  if (same?.state === after.state) return [...notices];
  const left = notices.filter(({ content }) => !isOutdated(content, after));
  const phase = phaseOf(after.state);
  const earlier = same === null ? null : phaseOf(same.state);
  const control = role !== 'participant';
  const added: Notice[] = [];
  const add = (key: string, content: NoticeContent, expiresAtMs: number | null) =>
    added.push({ key: `${key}:${after.recordingId}`, content, expiresAtMs });

  if (phase === 'starting') add('starting', { kind: 'recording-starting' }, nowMs + STARTING_MS);
  if (phase === 'running' && earlier !== 'running') {
    add('recorded', { kind: 'recorded', recordingId: after.recordingId }, null);
  }
  // Whoever did not see the recording run hears nothing of its end, but for the file itself.
  const sawItRun = earlier === 'running' || earlier === 'starting';
  if ((phase === 'finishing' || phase === 'available') && sawItRun) {
    add('ended', { kind: control ? 'upload-started' : 'recording-completed' }, nowMs + PASSING_MS);
  }
  if (phase === 'available' && control && same !== null) {
    add('available', { kind: 'recording-available', name: after.name, url: after.url }, null);
  }
  if (phase === 'failed' && same !== null) {
    if (control) add('failed', { kind: 'recording-failed', message: after.failure?.message ?? '' }, null);
    else if (sawItRun) add('ended', { kind: 'recording-completed' }, nowMs + PASSING_MS);
  }
  return added.reduce(withNotice, left);
}

/** Adds a notice or replaces the one with its key. */
export function withNotice(notices: Notice[], notice: Notice): Notice[] {
  return [...notices.filter((other) => other.key !== notice.key), notice];
}

export function withoutExpired(notices: readonly Notice[], nowMs: number): Notice[] {
  return notices.filter((notice) => notice.expiresAtMs === null || notice.expiresAtMs > nowMs);
}

export function markedNotice(nowMs: number): Notice {
  return { key: 'marked', content: { kind: 'moment-marked' }, expiresAtMs: nowMs + STARTING_MS };
}

/** A refusal or a fault that one command met. */
export function problemNotice(message: string, nowMs: number): Notice {
  return { key: `problem:${message}`, content: { kind: 'problem', message }, expiresAtMs: nowMs + PASSING_MS };
}

type Phase = 'starting' | 'running' | 'finishing' | 'available' | 'failed';

function phaseOf(state: RecordingMessage['state']): Phase {
  switch (state) {
    case 'starting':
    case 'available':
    case 'failed':
      return state;
    case 'recording':
    case 'paused':
      return 'running';
    case 'finalising':
    case 'verifying':
    case 'storing':
      return 'finishing';
  }
}

function isOutdated(content: NoticeContent, after: RecordingMessage): boolean {
  const phase = phaseOf(after.state);
  if (content.kind === 'recording-starting') return phase !== 'starting' && phase !== 'running';
  if (content.kind === 'recorded') return phase !== 'running' || content.recordingId !== after.recordingId;
  return false;
}
