import type { ChatLine } from './happening.js';
import type { TimelineSource } from './timeline-json.js';

export interface ChatJson {
  format: 'reelroom-chat';
  version: 1;
  recordingId: string;
  title: string;
  messages: ChatLine[];
  /** Messages that did not fit. */
  dropped: number;
}

/** `chat.json` of docs/sidecars.md. */
export function chatJson({ recordingId, facts }: Pick<TimelineSource, 'recordingId' | 'facts'>): ChatJson {
  return { format: 'reelroom-chat', version: 1, recordingId, title: facts.title, messages: facts.chat, dropped: facts.dropped.chat };
}
