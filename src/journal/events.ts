import * as v from 'valibot';
import { LAYOUTS } from '../core/layouts.js';
import type { TimelineEvent } from './records.js';

/**
 * The timeline's events as they stand in a journal: JSON, checked against this schema when read. The
 * check does not guard against damage (the CRC does) but against a journal made by something else.
 */

const track = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff));
const layout = v.picklist(LAYOUTS);

const codec = v.object({
  name: v.picklist(['VP8', 'VP9', 'H264', 'AV1', 'opus']),
  payloadType: v.number(),
  clockRateHz: v.pipe(v.number(), v.integer(), v.minValue(1)),
  channels: v.exactOptional(v.number()),
  fmtp: v.exactOptional(v.string()),
});

const description = v.object({
  trackId: v.string(),
  roomId: v.string(),
  memberId: v.string(),
  kind: v.picklist(['audio', 'video']),
  source: v.picklist(['camera', 'microphone', 'screen', 'screen-audio']),
  codec,
});

const timelineEvent = v.variant('kind', [
  v.object({
    kind: v.literal('started'),
    roomId: v.string(),
    sessionId: v.string(),
    title: v.string(),
    layout,
    transitions: v.exactOptional(v.boolean()),
    initials: v.exactOptional(v.boolean()),
  }),
  v.object({ kind: v.literal('member-on-stage'), memberId: v.string(), name: v.string(), seat: v.exactOptional(v.number()) }),
  v.object({ kind: v.literal('member-off-stage'), memberId: v.string() }),
  v.object({ kind: v.literal('track-started'), track, description }),
  v.object({ kind: v.literal('track-codec'), track, codec }),
  v.object({ kind: v.literal('track-ended'), track }),
  v.object({ kind: v.literal('track-muted'), track, muted: v.boolean() }),
  v.object({ kind: v.literal('layout'), layout }),
  v.object({ kind: v.literal('highlight'), memberId: v.nullable(v.string()) }),
  v.object({ kind: v.literal('paused') }),
  v.object({ kind: v.literal('resumed') }),
  v.object({ kind: v.literal('mark'), memberId: v.string(), label: v.string() }),
  v.object({ kind: v.literal('chat'), memberId: v.string(), name: v.string(), text: v.string() }),
  v.object({ kind: v.literal('dropped'), packets: v.number(), reason: v.string() }),
]);

/** The event that `value` (parsed JSON) is, or null where it is none that this version knows. */
export function timelineEventOf(value: unknown): TimelineEvent | null {
  const result = v.safeParse(timelineEvent, value);
  return result.success ? result.output : null;
}
