/** Who owns a recording (F2). */

export type RoomKind = 'single' | 'channel' | 'gallery';

export interface OwnedRoom {
  kind: RoomKind;
  /** Identity of the room's owner. */
  ownerId: string;
  /** Identity of the channel's or gallery's owner; null where there is none. */
  collectionOwnerId: string | null;
}

/**
 * A channel room's recording belongs to the channel's owner, a gallery room's to the gallery's owner or
 * else to who started it, a single room's to the room's owner.
 */
export function recordingOwner(room: OwnedRoom, startedBy: string): string {
  switch (room.kind) {
    case 'channel':
      return room.collectionOwnerId ?? room.ownerId;
    case 'gallery':
      return room.collectionOwnerId ?? startedBy;
    case 'single':
      return room.ownerId;
  }
}
