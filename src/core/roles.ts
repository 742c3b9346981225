/** Roles of people in a room (P1). */
export const ROLES = ['host', 'moderator', 'participant'] as const;
export type Role = (typeof ROLES)[number];
