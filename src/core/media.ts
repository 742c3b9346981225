/**
 * The small media types that several rooms of the house share. `TrackSink` is the narrow face of the
 * SFU: a browser's subscriber and the journal both implement it, so that the SFU knows no recording.
 */

export type MediaKind = 'audio' | 'video';

/** What a track shows. Screen and screen audio are stage content (V2); the other two are a person's. */
export type TrackSource = 'camera' | 'microphone' | 'screen' | 'screen-audio';

export type CodecName = 'VP8' | 'VP9' | 'H264' | 'AV1' | 'opus';

export interface TrackCodec {
  name: CodecName;
  /** The payload type that packets carry where this description is used (7 bits). */
  payloadType: number;
  clockRateHz: number;
  /** Audio only. */
  channels?: number;
  /** Value of the `a=fmtp` line, without the payload type. */
  fmtp?: string;
}

/** A published track as others see it. */
export interface TrackDescription {
  trackId: string;
  roomId: string;
  memberId: string;
  kind: MediaKind;
  source: TrackSource;
  codec: TrackCodec;
}

/** RTCP sender report (RFC 3550 section 6.4.1), its RTP timestamp in the sink's own timestamp space. */
export interface SenderReport {
  /** Seconds since 1900-01-01, 32 bits. */
  ntpSeconds: number;
  /** Fraction of a second in units of 2^-32, 32 bits. */
  ntpFraction: number;
  rtpTimestamp: number;
}

export interface SizePx {
  widthPx: number;
  heightPx: number;
}

/** The largest picture that a sink can use, or `best` for the best layer that is sent. */
export type WantedSize = SizePx | 'best';

/**
 * Takes one track's packets. All times are `Clock.monotonicUs` of the server.
 * A sink never blocks and never throws; what it cannot take it counts.
 */
export interface TrackSink {
  /**
   * One RTP packet (RFC 3550), its header rewritten for this sink: one SSRC, one contiguous sequence
   * and timestamp space across simulcast layer switches, one payload type, header extensions with the
   * server's own numbers (`media/rtp/extensions.ts`). No padding-only packets, no retransmission
   * framing; late packets arrive late with their own sequence number, and no packet arrives twice.
   * `packet` is valid only during the call.
   */
  rtp(packet: Uint8Array, arrivalUs: number): void;
  senderReport(report: SenderReport, arrivalUs: number): void;
  /**
   * Packets that follow are of this codec and carry its payload type. Called when a sink subscribes, before the
   * first packet, and again where the sender changes its codec.
   */
  setCodec(codec: TrackCodec, nowUs: number): void;
  /** The track ended. No call follows. */
  ended(): void;
}

/** A sink's hold on a track. */
export interface TrackSubscription {
  setWanted(wanted: WantedSize): void;
  /** Asks the publisher for a keyframe; merged with others' requests and throttled. */
  requestKeyframe(): void;
  /** Ends the subscription. Twice is fine. After it the sink is not called again. */
  close(): void;
}

/** What the recorder, a member of the room like any other, uses of the SFU. */
export interface TrackHub {
  tracks(roomId: string): TrackDescription[];
  /** Throws `AppError` `track_unknown`. The newest sender report is delivered at once where there is one. */
  subscribe(trackId: string, sink: TrackSink, wanted: WantedSize): TrackSubscription;
}
