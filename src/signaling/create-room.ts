import { randomBytes } from 'node:crypto';
import { cleanTitle } from '../room/title.js';
import type { NewRoomSettings, RoomKind, RoomStore } from './stores.js';
import { roomLink, type Tokens } from './tokens.js';

export interface NewRoom {
  title: string;
  kind: RoomKind;
  /** IANA name. */
  timeZone: string;
  /** What is left out has its default. */
  settings: NewRoomSettings;
}

/** A2: what whoever makes a room gets. */
export interface RoomLinks {
  id: string;
  hostUrl: string;
  moderatorUrl: string;
  participantUrl: string;
}

/**
 * Makes a room and its three links; `baseUrl` is without a slash at the end. The host link is the
 * owner's. Throws `title_invalid`, `title_too_long` before anything is stored.
 */
export async function createRoom(
  { title, kind, timeZone, settings }: NewRoom,
  parts: { rooms: RoomStore; tokens: Tokens; baseUrl: string; nowMs: number; apiKeyId?: string | undefined },
): Promise<RoomLinks> {
  const { rooms, tokens, baseUrl, nowMs, apiKeyId } = parts;
  const ownerId = newIdentity('owner');
  const { id } = rooms.create({ title: cleanTitle(title), kind, ownerId, timeZone, settings, createdAtMs: nowMs });
  const link = async (role: 'host' | 'moderator' | 'participant', identity: string): Promise<string> =>
    roomLink(baseUrl, id, await tokens.sign({ roomId: id, role, identity, ...(apiKeyId !== undefined && { apiKeyId }) }));
  return {
    id,
    hostUrl: await link('host', ownerId),
    moderatorUrl: await link('moderator', newIdentity('moderator')),
    participantUrl: await link('participant', newIdentity('participant')),
  };
}

/** The server's address as links name it; a host that stands for all addresses becomes `localhost`. */
export function baseUrlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::' || host === '') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Of somebody of whom nothing else is known. */
export function newIdentity(kind: string): string {
  return `${kind}-${randomBytes(8).toString('hex')}`;
}
