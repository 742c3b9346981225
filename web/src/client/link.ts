import { AppError } from '../../../src/core/errors.js';
import { SOCKET_PATH } from '../../../src/signaling/protocol.js';

/** What a join link says, as `RoomClientOptions` takes it. */
export interface JoinLink {
  socketUrl: string;
  roomId: string;
  token: string;
}

/** Takes a join link apart. Throws `AppError` `link_invalid`. */
export function parseJoinLink(link: string): JoinLink {
  const [, secure, host, roomId, token] = /^http(s?):\/\/([^/?#\s]+)\/r\/([A-Za-z0-9_-]{1,64})#t=([A-Za-z0-9_.-]+)$/.exec(link.trim()) ?? [];
  if (secure === undefined || !host || !roomId || !token) throw new AppError('link_invalid', 'This is no link into a room.');
  return { socketUrl: `ws${secure}://${host}${SOCKET_PATH}`, roomId, token };
}
