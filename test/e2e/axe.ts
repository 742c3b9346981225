import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import type { TAP, Test } from 'tap';
import { packageRoot } from '../../src/core/paths.js';
import type { Person } from '../support/person.js';

/**
 * WCAG 2.2 AA as far as axe can judge it, of every page and state that has a picture, in both directions of reading.
 * Colours do not depend on the language, and nothing but contrast depends on the colours.
 */
const AXE = readFileSync(join(packageRoot, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
export const RULES = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
const CONTRAST = { type: 'rule', values: ['color-contrast'] };

interface Scenes {
  sceneNames: string[];
  playScene(name: string, shoot: (page: Page, state: string) => Promise<void>): Promise<void>;
  speak(page: Page, language: string): Promise<void>;
}

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; any: { message: string }[] }[];
}

const { sceneNames, playScene, speak } = (await import(pathToFileURL(join(packageRoot, 'scripts', 'screenshots.mjs')).href)) as Scenes;

/** What axe finds, each with its first element. */
export async function violations(page: Pick<Person, 'evaluate'>, runOnly: typeof RULES): Promise<{ serious: string[]; others: string[] }> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate<unknown>(AXE);
  const found = await page.evaluate<Violation[]>(`axe.run(document, ${JSON.stringify({ runOnly, resultTypes: ['violations'] })}).then((result) => result.violations)`);
  const words = (all: Violation[]): string[] => all.map(({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.any[0]?.message ?? ''}`);
  const isSerious = ({ impact }: Violation): boolean => impact === 'serious' || impact === 'critical';
  return { serious: words(found.filter(isSerious)), others: words(found.filter((one) => !isSerious(one))) };
}

/** A window of 1280x1024 px at 400 % is 320x256; one of 1280x720 at 200 % is 640x360 (WCAG 1.4.10 and 1.4.4). */
const ZOOMED = { '400 %': [320, 256], '200 %': [640, 360], 'a narrow phone': [320, 568] } as const;

/** What reaches over the window's side and is neither cut on purpose nor scrolled by itself. */
const OVER_THE_SIDE = `[...document.querySelectorAll('body *')].filter((element) => {
  const { left, right, width, height } = element.getBoundingClientRect();
  if (width < 2 || height < 2 || (left >= -1 && right <= innerWidth + 1)) return false;
  for (let at = element; at; at = at.parentElement) if (getComputedStyle(at).overflowX !== 'visible') return false;
  return true;
}).map((element) => element.outerHTML.slice(0, 120))`;

/** By then the page has drawn what the last event made of it. */
const TWO_FRAMES = 'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))';

async function reflows(t: Test, page: Page, state: string): Promise<void> {
  const before = page.viewportSize() ?? { width: 1366, height: 768 };
  for (const [zoom, [width, height]] of Object.entries(ZOOMED)) {
    await page.setViewportSize({ width, height });
    await page.evaluate(TWO_FRAMES);
    t.same(await page.evaluate(OVER_THE_SIDE), [], `${state}, ${zoom}: nothing is lost over the side`);
    t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${state}, ${zoom}: nobody scrolls sideways`);
  }
  await page.setViewportSize(before);
}

async function judge(t: Test, page: Page, state: string, lesser: Set<string>): Promise<void> {
  const seen = async (how: string, rules: typeof RULES): Promise<void> => {
    const { serious, others } = await violations(page, rules);
    t.same(serious, [], `${state}, ${how}`);
    for (const other of others) lesser.add(other);
  };
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.evaluate(TWO_FRAMES);
  await seen('light', RULES);
  await reflows(t, page, state);
  await speak(page, 'ar');
  await seen('from right to left', RULES);
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await seen('dark', CONTRAST);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await speak(page, 'en');
}

/** A test for each scene whose name is wanted. */
export function judgeScenes(t: TAP, wanted: (name: string) => boolean): void {
  t.setTimeout(590_000);
  // The tour is made of states of the others.
  for (const scene of sceneNames.filter((name) => name !== 'tour' && wanted(name))) {
    t.test(`axe finds nothing serious: ${scene}`, async (t) => {
      const lesser = new Set<string>();
      let states = 0;
      await playScene(scene, async (page, state) => {
        states += 1;
        await judge(t, page, state, lesser);
      });
      t.ok(states > 0, `${states} states`);
      for (const one of lesser) t.comment(`less than serious: ${one}`);
    });
  }
}
