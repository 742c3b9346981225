import * as v from 'valibot';
import { MAX_CHAT_LENGTH, REACTIONS } from '../core/chat.js';
import { LAYOUTS } from '../core/layouts.js';
import { QUALITY_LEVELS } from '../core/quality.js';
import { ENDING_REASONS, RECORDING_STATES } from '../core/recording.js';
import { ROLES } from '../core/roles.js';
import { MEETING_KINDS, STAGE_ACCESS } from '../core/stage.js';

/**
 * The WebSocket protocol of a room (A5, docs/protocol.md), shared by the server and the web client.
 * Every message is one JSON text. The client's requests carry `id`; the server answers each with `ok`
 * or `error` of the same `id`. Facts from the server carry no `id`.
 */
export const PROTOCOL_VERSION = 1;

/** Path of the WebSocket end point. */
export const SOCKET_PATH = '/api/v1/socket';

/** WebSocket close codes that the server uses (RFC 6455 section 7.4.2: 4000-4999 is for applications). */
export const CLOSE_CODES = {
  /** Answer to `leave`, and the end of a socket that outlived its session. */
  normal: 1000,
  /** The server stops. */
  goingAway: 1001,
  /** A message longer than any that is answered. */
  messageTooLong: 1009,
  /** Too many messages that the server refused to read. */
  garbage: 4400,
  /** A host or moderator removed this person, or did not let them in. */
  removed: 4403,
  /** The same person came back on another socket. */
  resumedElsewhere: 4409,
  /** `join` was not accepted in time. */
  joinTimeout: 4408,
  /** Of the client's: its media was lost, and it comes back on a new socket. */
  comingBack: 4410,
  /** The client does not read what it is sent. */
  tooSlow: 4413,
} as const;

/** Longest message before and after `join` was accepted, bytes. */
export const MAX_MESSAGE_BYTES = { beforeJoin: 16 * 1024, afterJoin: 256 * 1024 } as const;

/** Longest label of a marked moment, UTF-16 units. */
export const MAX_MARK_LABEL = 100;

const identifier = v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.regex(/^[A-Za-z0-9_-]+$/));
const requestId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31));
const sdp = v.pipe(v.string(), v.maxLength(200_000));
const mid = v.pipe(v.string(), v.minLength(1), v.maxLength(16));
const pixels = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8192));
const personName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100));

const source = v.picklist(['camera', 'microphone', 'screen', 'screen-audio']);
const kind = v.picklist(['audio', 'video']);
const layout = v.picklist(LAYOUTS);
const chatText = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(MAX_CHAT_LENGTH));
const chatNumber = v.pipe(v.number(), v.integer(), v.minValue(1));

export const clientMessage = v.variant('type', [
  /** First message, once. `mobile` is what the client says of itself (P3). */
  v.strictObject({
    type: v.literal('join'),
    id: requestId,
    protocol: v.number(),
    token: v.pipe(v.string(), v.maxLength(4096)),
    /** The room that the client means, where it knows: a token of another one is refused (`token_foreign_room`). */
    roomId: v.optional(identifier),
    name: personName,
    mobile: v.boolean(),
    /** Whoever lost the socket comes back as the same member; where the server knows it no more, as a new one. */
    resume: v.optional(
      v.strictObject({
        memberId: identifier,
        key: identifier,
        /** Its peer connections are still there: with `joined.mediaKept` they go on, after an ICE restart. */
        keepsMedia: v.optional(v.boolean()),
      }),
    ),
  }),
  /** Full offer of the publishing peer connection and what its sections show; answered by `published`. */
  v.strictObject({
    type: v.literal('publish'),
    id: requestId,
    offer: sdp,
    sections: v.pipe(v.array(v.strictObject({ mid, source })), v.maxLength(8)),
  }),
  v.strictObject({ type: v.literal('mute'), id: requestId, source, muted: v.boolean() }),
  v.strictObject({ type: v.literal('subscribe-answer'), id: requestId, offerId: requestId, answer: sdp }),
  /** The way to what this client receives is lost: it wants an offer with new ICE credentials. */
  v.strictObject({ type: v.literal('subscribe-restart'), id: requestId }),
  /** Sizes at which tracks are shown, so that the fitting simulcast layer is sent; null: not shown. */
  v.strictObject({
    type: v.literal('view'),
    id: requestId,
    tracks: v.pipe(
      v.array(
        v.strictObject({
          trackId: identifier,
          size: v.nullable(v.strictObject({ widthPx: pixels, heightPx: pixels })),
        }),
      ),
      v.maxLength(64),
    ),
  }),
  v.strictObject({ type: v.literal('highlight'), id: requestId, memberId: v.nullable(identifier) }),
  /** V2: how the recordings of this session are laid out from now on. */
  v.strictObject({ type: v.literal('set-layout'), id: requestId, layout }),
  /** P1: a host promotes or demotes somebody; it holds until that person leaves. */
  v.strictObject({ type: v.literal('set-role'), id: requestId, memberId: identifier, role: v.picklist(ROLES) }),
  /** P4: the hand goes up or down; in the audience it asks for the stage. */
  v.strictObject({ type: v.literal('raise-hand'), id: requestId, raised: v.boolean() }),
  /** Takes somebody else's hand down. */
  v.strictObject({ type: v.literal('lower-hand'), id: requestId, memberId: identifier }),
  /** P4: onto the stage, at once whose hand is up, else as a question to them. */
  v.strictObject({ type: v.literal('stage-invite'), id: requestId, memberId: identifier }),
  v.strictObject({ type: v.literal('stage-answer'), id: requestId, accepted: v.boolean() }),
  v.strictObject({ type: v.literal('stage-enter'), id: requestId }),
  /** P4: off the stage, oneself (no `memberId`) or somebody else. */
  v.strictObject({ type: v.literal('stage-leave'), id: requestId, memberId: v.optional(identifier) }),
  /** Turns somebody's microphone, camera or screen off; only they turn it on again. */
  v.strictObject({ type: v.literal('mute-member'), id: requestId, memberId: identifier, source }),
  v.strictObject({ type: v.literal('remove-member'), id: requestId, memberId: identifier }),
  /** P5. */
  v.strictObject({ type: v.literal('lock'), id: requestId, locked: v.boolean() }),
  v.strictObject({ type: v.literal('admit'), id: requestId, memberId: identifier }),
  v.strictObject({ type: v.literal('decline'), id: requestId, memberId: identifier }),
  v.strictObject({ type: v.literal('chat'), id: requestId, text: chatText }),
  /** Puts a reaction to a message, or takes it away. */
  v.strictObject({ type: v.literal('chat-react'), id: requestId, number: chatNumber, reaction: v.picklist(REACTIONS) }),
  v.strictObject({ type: v.literal('recording-start'), id: requestId }),
  v.strictObject({ type: v.literal('recording-pause'), id: requestId }),
  v.strictObject({ type: v.literal('recording-resume'), id: requestId }),
  v.strictObject({ type: v.literal('recording-stop'), id: requestId }),
  /** F8: *Mark this moment*. Without a label it is counted. */
  v.strictObject({ type: v.literal('mark'), id: requestId, label: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(MAX_MARK_LABEL))) }),
  /** R3: the person pressed Confirm. */
  v.strictObject({ type: v.literal('recording-confirm'), id: requestId, recordingId: identifier }),
  v.strictObject({ type: v.literal('leave'), id: requestId }),
  /** P6: ends the session for everyone. */
  v.strictObject({ type: v.literal('end-session'), id: requestId }),
  v.strictObject({ type: v.literal('ping'), id: requestId }),
]);
export type ClientMessage = v.InferOutput<typeof clientMessage>;

const member = v.object({
  memberId: identifier,
  name: v.string(),
  role: v.picklist(ROLES),
  mobile: v.boolean(),
  onStage: v.boolean(),
  /** P4: since when the hand is up, ms since 1970; null: it is down. */
  handRaisedAt: v.nullable(v.number()),
  /** P4: asked onto the stage, not answered yet. */
  invited: v.boolean(),
  /** P4: moved to the audience by somebody, and may not enter the stage unasked; left out of all others. */
  held: v.exactOptional(v.boolean()),
  /** False: the connection was lost, and may come back. */
  connected: v.boolean(),
  /** P1: a host whom nobody demotes, mutes or removes; left out of all others. */
  owner: v.exactOptional(v.boolean()),
  /** Published tracks, with their mute state. */
  tracks: v.array(v.object({ trackId: identifier, kind, source, muted: v.boolean() })),
});
export type MemberMessage = v.InferOutput<typeof member>;

const recording = v.object({
  recordingId: identifier,
  /** R9: it goes on where this one, which reached its cap, ended. */
  previousId: v.optional(identifier),
  state: v.picklist(RECORDING_STATES),
  /** Recorded time without pauses at the moment of sending, ms; runs on while `state` is `recording`. */
  recordedMs: v.number(),
  /** File name and page, once `available`. */
  name: v.nullable(v.string()),
  url: v.nullable(v.string()),
  /** F3: its owner has not shared it, and this host or moderator may see that it is there, and not open it. */
  privateTo: v.exactOptional(v.object({ name: v.nullable(v.string()) })),
  /** `code` is stable; `kept`: what was recorded is kept, and the movie can be made from it. */
  failure: v.nullable(v.object({ code: v.string(), message: v.string(), kept: v.boolean() })),
});
export type RecordingMessage = v.InferOutput<typeof recording>;

const chatMessage = v.object({
  /** Counts up within a session. */
  number: chatNumber,
  memberId: identifier,
  name: v.string(),
  text: v.string(),
  /** Ms since 1970. */
  sentAt: v.number(),
  /** Members who reacted, by reaction. */
  reactions: v.record(v.string(), v.array(identifier)),
});
export type ChatMessageMessage = v.InferOutput<typeof chatMessage>;

const waitingPerson = v.object({ memberId: identifier, name: v.string(), since: v.number() });
export type WaitingPerson = v.InferOutput<typeof waitingPerson>;

export const serverMessage = v.variant('type', [
  v.object({ type: v.literal('ok'), id: requestId }),
  v.object({ type: v.literal('error'), id: v.nullable(requestId), code: v.string(), message: v.string() }),
  /** Answer to `join`: the room as it is now. */
  v.object({
    type: v.literal('joined'),
    id: requestId,
    protocol: v.number(),
    memberId: identifier,
    /** What `join.resume` takes. */
    resumeKey: identifier,
    /** The server has this client's tracks and sections as they were; left out where media begins anew. */
    mediaKept: v.exactOptional(v.boolean()),
    room: v.object({
      roomId: identifier,
      title: v.string(),
      /** P4. */
      stageAccess: v.picklist(STAGE_ACCESS),
      meetingKind: v.picklist(MEETING_KINDS),
      /** What is written while a recording runs is kept beside it. */
      keepsChat: v.boolean(),
    }),
    /** P5. */
    locked: v.boolean(),
    /** P5: who waits; for hosts and moderators, else empty. */
    waiting: v.array(waitingPerson),
    /** The newest messages of this session. */
    chat: v.array(chatMessage),
    members: v.array(member),
    highlighted: v.nullable(identifier),
    /** Of the recording's picture, not of the page's. */
    layout,
    recording: v.nullable(recording),
    session: v.nullable(v.object({ sessionId: identifier })),
  }),
  v.object({ type: v.literal('published'), id: requestId, answer: sdp }),
  v.object({
    type: v.literal('subscribe-offer'),
    offerId: requestId,
    offer: sdp,
    sections: v.array(v.object({ mid, trackId: identifier, memberId: identifier, kind, source })),
  }),
  v.object({ type: v.literal('member-joined'), member }),
  v.object({ type: v.literal('member-changed'), member }),
  v.object({ type: v.literal('member-left'), memberId: identifier }),
  v.object({ type: v.literal('highlight'), memberId: v.nullable(identifier) }),
  v.object({ type: v.literal('layout'), layout }),
  /** P5: the room is locked, and this `join` waits for a host or moderator; its answer comes when they decide. */
  v.object({ type: v.literal('waiting-for-admission'), room: v.object({ roomId: identifier, title: v.string() }) }),
  v.object({ type: v.literal('lock'), locked: v.boolean() }),
  /** P5: who waits now; told to hosts and moderators. */
  v.object({ type: v.literal('waiting'), waiting: v.array(waitingPerson) }),
  /** Somebody turned this client's source off. */
  v.object({ type: v.literal('muted-by'), source, byName: v.string() }),
  /** Somebody took this client's hand down. */
  v.object({ type: v.literal('hand-lowered'), byName: v.string() }),
  /** Somebody removed this client; the socket is closed. */
  v.object({ type: v.literal('removed'), byName: v.string() }),
  /** A new message, or one whose reactions changed. */
  v.object({ type: v.literal('chat'), message: chatMessage }),
  /** The state of the room's recording changed (R2 to R7); clients derive their notices from it. */
  v.object({ type: v.literal('recording'), recording }),
  /**
   * How far the movie of a recording is behind it, to hosts and moderators, about every 2 s while that is worth a
   * word; once more when it no longer is. `leftMs`: when it is whole, at its pace; null where that is not known.
   * `waits`: others are composed first.
   */
  v.object({ type: v.literal('recording-progress'), recordingId: identifier, behindMs: v.number(), leftMs: v.nullable(v.number()), waits: v.boolean() }),
  /** The running recording ends by itself after so much more recorded time; `leftMs` null: it does not any more. */
  v.object({ type: v.literal('recording-ending'), recordingId: identifier, leftMs: v.nullable(v.number()), reason: v.nullable(v.picklist(ENDING_REASONS)) }),
  /** Levels of people who are heard, 0 (loudest) to 127 dBov, at most 5 a second. */
  v.object({ type: v.literal('levels'), levels: v.array(v.object({ memberId: identifier, levelDbov: v.number() })) }),
  /** How well what people send arrives, where that changed, at most every 2 s; null: they send nothing any more. */
  v.object({ type: v.literal('quality'), members: v.array(v.object({ memberId: identifier, level: v.nullable(v.picklist(QUALITY_LEVELS)) })) }),
  /** The largest height that anybody wants of this client's track; larger layers may be stopped. */
  v.object({ type: v.literal('wanted-height'), source, heightPx: v.number() }),
  /** S1: the first host or moderator entered; people who wait since before learn it by this. */
  v.object({ type: v.literal('session-started'), sessionId: identifier }),
  /** The session ends in `leftMs`: unless a host returns (S2), or at its longest (S3). */
  v.object({ type: v.literal('session-ending'), leftMs: v.number(), reason: v.picklist(['host-timeout', 'max-length']) }),
  /** S2: a host is back, and the session does not end for the lack of one. */
  v.object({ type: v.literal('session-kept') }),
  /** The server stops and is started again; the session goes on then, and clients come back by themselves. */
  v.object({ type: v.literal('server-restarting') }),
  v.object({ type: v.literal('session-ended'), reason: v.string() }),
]);
export type ServerMessage = v.InferOutput<typeof serverMessage>;
