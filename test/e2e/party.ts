import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/paths.js';
import type { Person } from '../support/person.js';
import { patternScript, PATTERN_REPORT, type PatternReport, type PersonPattern } from '../support/pattern.js';
import { until } from '../support/server.js';

/** The texts of spec.md, R1 to R7. */
export const TEXTS = {
  startQuestion: 'Do you want to start recording?',
  starting: 'Recording will start momentarily, please wait...',
  recorded: 'This session is being recorded.',
  stopQuestion: 'Do you want to stop recording?',
  uploading: 'Recording ended, starting upload',
  completed: 'Recording has completed',
  available: 'Your recording is available',
} as const;

interface House {
  person(options: { initScripts: string[]; userAgent?: string }): Promise<Person>;
}

/** Opens a join link, with `initScripts` after the pattern's, and goes through the join page with camera and microphone. */
export async function enter<H extends House>(
  house: H,
  link: string,
  pattern: PersonPattern,
  { initScripts = [], ...options }: { userAgent?: string; initScripts?: string[] } = {},
): Promise<Awaited<ReturnType<H['person']>>> {
  const textLog = readFileSync(join(packageRoot, 'test', 'e2e', 'pages', 'text-log.js'), 'utf8');
  const person = await house.person({ initScripts: [patternScript(pattern), textLog, ...initScripts], ...options });
  await person.open(link);
  await person.fill('textbox', 'Your name', pattern.name);
  await person.check('Camera', true);
  await person.check('Microphone', true);
  await person.click('button', 'Join');
  await person.sees('button', 'Leave');
  return person as Awaited<ReturnType<H['person']>>;
}

/** Waits until the page has shown the text, be it gone again by now. */
export async function hasRead(person: Person, text: string, limitMs = 60_000): Promise<void> {
  const ask = async (): Promise<true | null> => ((await person.evaluate<boolean>(`reelroomTexts.has(${JSON.stringify(text)})`)) ? true : null);
  await until(ask, limitMs, () => `"${text}" was never shown`);
}

export async function startRecording(person: Person): Promise<void> {
  await person.click('button', 'More options');
  await person.click('menuitem', 'Record');
  await person.clickIn(TEXTS.startQuestion, 'button', 'Start Recording');
}

export async function stopBySquare(person: Person): Promise<void> {
  await person.click('button', 'Stop recording');
  await person.clickIn(TEXTS.stopQuestion, 'button', 'Stop recording');
}

export function patternReport(person: Person): Promise<PatternReport> {
  return person.evaluate<PatternReport>(PATTERN_REPORT);
}
