/** The typed client library of Reelroom (A5); runs in browsers and, with injected WebRTC, in Node. */
export { Api, refusalOf, type FileEntry, type NewRoom, type RecordingHealth, type RoomFiles, type StoredFile } from './api.js';
export type { CaptureSize } from './layers.js';
export { parseJoinLink, type JoinLink } from './link.js';
export {
  markedNotice,
  noticesAfterEarlier,
  noticesAfterRecording,
  ownNotice,
  problemNotice,
  weakConnectionNotice,
  withNotice,
  withoutExpired,
  type Notice,
  type NoticeContent,
} from './notices.js';
export { platformOf, type PlatformClasses } from './platform.js';
export type { LocalSource } from './publisher.js';
export { RoomClient, type RoomClientEvents, type RoomClientOptions } from './room-client.js';
export type { MediaTrack, PeerConnection, Platform, Socket } from './rtc.js';
export type { Request } from './socket.js';
export {
  initialState,
  mayControlRecording,
  mayModerate,
  ownMember,
  ownRole,
  recordedMsAt,
  sharesScreen,
  weaknessOf,
  type ConnectionState,
  type RecordingEnds,
  type RemoteTrack,
  type RoomState,
  type Weakness,
} from './state.js';
export type { ViewSizes } from './view-sizes.js';
export { WeakConnection } from './weak-connection.js';
