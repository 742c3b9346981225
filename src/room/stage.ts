import type { StageSettings } from '../core/stage.js';
import type { Member } from './types.js';

/** P4: rules of the stage. Pure. */

type Person = Pick<Member, 'role' | 'keptToAudience'>;

/** Whether a free place is this person's without asking. */
export function comesOnStage({ role, keptToAudience }: Person, { stageAccess, meetingKind }: StageSettings): boolean {
  if (keptToAudience) return false;
  return role !== 'participant' || (stageAccess === 'everyone' && meetingKind === 'interactive');
}

/** Whether this person may go on stage by themselves: who left it by choice, where others are on it unasked. */
export function mayReturn({ role }: Person, { stageAccess, meetingKind }: StageSettings): boolean {
  return role !== 'participant' || (stageAccess === 'everyone' && meetingKind === 'interactive');
}

/** Whether a raised hand asks for the stage, which a host or moderator can give without asking back. */
export function handAsksForStage({ meetingKind }: StageSettings): boolean {
  return meetingKind === 'interactive';
}
