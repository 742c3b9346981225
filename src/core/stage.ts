/** P4: who comes on stage. */
export const STAGE_ACCESS = ['everyone', 'on-request', 'invite-only'] as const;
export type StageAccess = (typeof STAGE_ACCESS)[number];

/** P4: in a webinar the audience listens: it can be invited, and cannot ask. */
export const MEETING_KINDS = ['interactive', 'webinar'] as const;
export type MeetingKind = (typeof MEETING_KINDS)[number];

/** P4: set for a room. */
export interface StageSettings {
  stageAccess: StageAccess;
  meetingKind: MeetingKind;
}

export const DEFAULT_STAGE: StageSettings = { stageAccess: 'everyone', meetingKind: 'interactive' };
