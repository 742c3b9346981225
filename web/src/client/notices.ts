import type { TrackSource } from '../../../src/core/media.js';
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
  | { kind: 'recording-available'; name: string | null; url: string | null; privateTo: RecordingMessage['privateTo'] | null }
  /** R12: with the stable code of why. */
  | { kind: 'recording-failed'; failure: RecordingMessage['failure'] }
  /** R9: for hosts and moderators. */
  | { kind: 'recording-goes-on' }
  /** F8 */
  | { kind: 'moment-marked' }
  /** A host or moderator turned it off. */
  | { kind: 'muted-by'; source: TrackSource; byName: string }
  /** A host or moderator took one's hand down. */
  | { kind: 'hand-lowered'; byName: string }
  /** P4: onto the stage, or off it. */
  | { kind: 'stage'; onStage: boolean }
  /** Of one's own connection: what is sent arrives badly. */
  | { kind: 'weak-connection' }
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
  // The next part of a recording goes on with it (R9): nobody is asked again.
  const goesOn = before !== null && before.recordingId === after.previousId;
  const same = goesOn || before?.recordingId === after.recordingId ? before : null;
  if (same?.state === after.state && !goesOn) return [...notices];
  const left = notices.map((notice) => (goesOn ? ofNextPart(notice, after) : notice)).filter(({ content }) => !isOutdated(content, after));
  const phase = phaseOf(after.state);
  const earlier = same === null ? null : phaseOf(same.state);
  const control = role !== 'participant';
  const added: Notice[] = [];
  const add = (key: string, content: NoticeContent, expiresAtMs: number | null) =>
    added.push({ key: `${key}:${after.recordingId}`, content, expiresAtMs });

  if (phase === 'starting') add('starting', { kind: 'recording-starting' }, nowMs + STARTING_MS);
  if (goesOn && control) add('goes-on', { kind: 'recording-goes-on' }, nowMs + PASSING_MS);
  if (phase === 'running' && earlier !== 'running') {
    add('recorded', { kind: 'recorded', recordingId: after.recordingId }, null);
  }
  // Whoever did not see the recording run hears nothing of its end, but for the file itself.
  const sawItRun = earlier === 'running' || earlier === 'starting';
  if ((phase === 'finishing' || phase === 'available') && sawItRun) {
    add('ended', { kind: control ? 'upload-started' : 'recording-completed' }, nowMs + PASSING_MS);
  }
  if (phase === 'available' && control && same !== null) {
    add('available', { kind: 'recording-available', name: after.name, url: after.url, privateTo: after.privateTo ?? null }, null);
  }
  if (phase === 'failed' && same !== null) {
    if (control) add('failed', { kind: 'recording-failed', failure: after.failure }, null);
    else if (sawItRun) add('ended', { kind: 'recording-completed' }, nowMs + PASSING_MS);
  }
  return added.reduce(withNotice, left);
}

/** R7: what was told of an earlier recording while another one runs. */
export function noticesAfterEarlier(notices: readonly Notice[], earlier: RecordingMessage, role: Role): Notice[] {
  const { recordingId, state, name, url, failure, privateTo = null } = earlier;
  if (role === 'participant') return [...notices];
  const add = (key: string, content: NoticeContent): Notice[] => withNotice([...notices], { key: `${key}:${recordingId}`, content, expiresAtMs: null });
  if (state === 'available') return add('available', { kind: 'recording-available', name, url, privateTo });
  if (state === 'failed') return add('failed', { kind: 'recording-failed', failure });
  return [...notices];
}

/** R3's notice that is not confirmed yet is of the new part. */
function ofNextPart(notice: Notice, { recordingId }: RecordingMessage): Notice {
  if (notice.content.kind !== 'recorded') return notice;
  return { ...notice, key: `recorded:${recordingId}`, content: { kind: 'recorded', recordingId } };
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

/** What happened to oneself; the newest of a kind is enough. */
export function ownNotice(content: Extract<NoticeContent, { kind: 'muted-by' | 'hand-lowered' | 'stage' }>, nowMs: number): Notice {
  const key = content.kind === 'muted-by' ? `muted-by:${content.source}` : content.kind;
  return { key, content, expiresAtMs: nowMs + PASSING_MS };
}

/** Stays until the connection is better. */
export const weakConnectionNotice: Notice = { key: 'weak-connection', content: { kind: 'weak-connection' }, expiresAtMs: null };

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
