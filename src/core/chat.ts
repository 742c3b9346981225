/** Longest chat message, UTF-16 units. */
export const MAX_CHAT_LENGTH = 2_000;

/** What a message can be answered by without words. */
export const REACTIONS = ['👍', '❤️', '😂', '🎉', '😮', '👏'] as const;
export type Reaction = (typeof REACTIONS)[number];
