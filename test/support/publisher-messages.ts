import type { ConnectionState } from '../../web/src/client/index.js';
import type { Request } from '../../web/src/client/index.js';
import type { MemberMessage, RecordingMessage } from '../../src/signaling/protocol.js';
import type { PersonPattern } from './pattern.js';

/** What a test and its process of publishers say to each other. */
export type ToPublishers =
  | { kind: 'join'; key: string; socketUrl: string; roomId: string; token: string; pattern: PersonPattern; widthPx: number; fps: number; mobile?: boolean; mediaPort?: number }
  | { kind: 'command'; key: string; number: number; request: Request }
  | { kind: 'leave'; key: string }
  /** To all: the network may be there again. */
  | { kind: 'network-hint' };

export type FromPublishers =
  | { kind: 'state'; key: string; connection: ConnectionState['name']; memberId: string | null; recording: RecordingMessage | null; members: number; receiving: number; own: MemberMessage | null; names: string[]; highlighted: string | null; chat: string[]; restarting: boolean }
  | { kind: 'done'; number: number; error: { code: string; message: string } | null }
  | { kind: 'problem'; key: string; text: string };
