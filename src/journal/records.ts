import type { LayoutName, PictureSettings } from '../core/layouts.js';
import type { SenderReport, TrackCodec, TrackDescription } from '../core/media.js';

/**
 * What a journal says, free of how it is written (docs/journal.md). Times are microseconds since the
 * recording's start on the server's monotonic clock: the journal's clock.
 */

export interface JournalHeader {
  /** Format version; a reader refuses a major version that it does not know. */
  version: number;
  recordingId: string;
  /** Wall time of the journal's time zero, ms since 1970. */
  startedAtWallMs: number;
  /** Counts from 0. */
  segment: number;
}

export type JournalRecord =
  | { type: 'packet'; timeUs: number; track: number; data: Uint8Array }
  | { type: 'sender-report'; timeUs: number; track: number; report: SenderReport }
  | { type: 'event'; timeUs: number; event: TimelineEvent }
  /** The journal's clock reached this time; written with each batch, so that silence is told from a stop. */
  | { type: 'tick'; timeUs: number }
  /** The recording ended here. The last record of a journal that was closed. */
  | { type: 'end'; timeUs: number; reason: EndReason };

export type EndReason = 'stopped' | 'session-ended' | 'cap' | 'disk-full';

/** What happened in the room, as far as it can change the movie. */
export type TimelineEvent =
  /** `layout` also says whether the movie is upright; `transitions` is true and `initials` false where left out. */
  | ({ kind: 'started'; roomId: string; sessionId: string; title: string; layout: LayoutName } & Partial<PictureSettings>)
  /** `seat` orders people in the picture; who comes back has the one that they had. Left out: by coming. */
  | { kind: 'member-on-stage'; memberId: string; name: string; seat?: number }
  | { kind: 'member-off-stage'; memberId: string }
  /** `track` is the number that this journal's packets carry, never used twice. */
  | { kind: 'track-started'; track: number; description: TrackDescription }
  /** The track's packets of this payload type are of this codec from here on. Those of others stay what they were. */
  | { kind: 'track-codec'; track: number; codec: TrackCodec }
  | { kind: 'track-ended'; track: number }
  /** Camera off or microphone muted by its owner or a moderator: no tile, silence. */
  | { kind: 'track-muted'; track: number; muted: boolean }
  | { kind: 'layout'; layout: LayoutName }
  | { kind: 'highlight'; memberId: string | null }
  | { kind: 'paused' }
  | { kind: 'resumed' }
  | { kind: 'mark'; memberId: string; label: string }
  /** What somebody wrote, where the room keeps its chat. It changes nothing of the movie. */
  | { kind: 'chat'; memberId: string; name: string; text: string }
  /** Packets that were received and could not be kept. */
  | { kind: 'dropped'; packets: number; reason: string };
