import type { StageSettings } from '../core/stage.js';
import type { Member } from './types.js';

/** P4: rules of the stage. Pure. */

/** Whether a free place is this person's without asking. */
export function comesOnStage(person: Pick<Member, 'role' | 'keptToAudience'>, settings: StageSettings): boolean {
  return !person.keptToAudience && mayEnterStage(person, settings);
}

/** Whether this person may go on stage by themselves. */
export function mayEnterStage({ role }: Pick<Member, 'role'>, { stageAccess, meetingKind }: StageSettings): boolean {
  return role !== 'participant' || (stageAccess === 'everyone' && meetingKind === 'interactive');
}

/** Whether this person, taken off the stage by somebody else, has to be brought or invited back; a host takes orders of nobody. */
export function isHeld({ held, role }: Pick<Member, 'held' | 'role'>): boolean {
  return held && role !== 'host';
}

/** Whether a raised hand asks for the stage, which a host or moderator can give without asking back. */
export function handAsksForStage({ meetingKind }: StageSettings): boolean {
  return meetingKind === 'interactive';
}
