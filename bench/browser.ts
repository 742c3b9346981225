import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { descendantsOf } from '../test/support/server.js';
import { x264Args } from './ffmpeg-filters.js';
import { cpuSeconds, runProgram } from './measure.js';
import { tilesOf, type Meeting } from './meeting.js';
import { cpuOfAll } from './processes.js';
import { MissingProgram } from './trial.js';

/** A meeting filmed as other recorders do it: Chromium shows it on a screen that nobody sees, and ffmpeg films that. */

export const FILM_SECONDS = 10;
const CHROMIUM = '/usr/bin/chromium';
const XVFB = '/usr/bin/Xvfb';
/** Until what starts and is compiled has settled. */
const SETTLED_MS = 3_000;

/** Writes the film to `target`; gives CPU seconds of Chromium, Xvfb and ffmpeg for each second of it. Streams come from files and sound is left out, both in their favour. */
export async function filmMeeting(meeting: Meeting, folder: string, target: string): Promise<number> {
  const missing = [CHROMIUM, XVFB].filter((path) => !existsSync(path));
  if (missing.length > 0) throw new MissingProgram(`There is no ${missing.join(' and no ')}; run "apt-get install chromium xvfb".`);
  const page = writePage(meeting, folder);
  const xvfb = spawn(XVFB, ['-displayfd', '1', '-screen', '0', '1920x1080x24', '-nolisten', 'tcp', '-ac'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const display = `:${await firstLine(xvfb)}`;
    return await filmed(display, page, target);
  } finally {
    xvfb.kill();
  }
}

async function filmed(display: string, page: string, target: string): Promise<number> {
  const browser = await chromium.launchPersistentContext(join(dirname(page), 'profile'), {
    ...{ headless: false, viewport: null, executablePath: CHROMIUM, env: { ...process.env, DISPLAY: display } },
    ignoreDefaultArgs: ['--enable-automation'],
    args: ['--no-sandbox', '--test-type', '--kiosk', '--window-position=0,0', '--window-size=1920,1080', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
  });
  try {
    const tab = browser.pages()[0] ?? (await browser.newPage());
    await tab.goto(pathToFileURL(page).href);
    await tab.evaluate('Promise.all([...document.querySelectorAll("video")].map((video) => video.play()))');
    await tab.waitForTimeout(SETTLED_MS);
    const cpu = (): number => cpuOfAll(descendantsOf(process.pid)) + cpuSeconds().children;
    const before = cpu();
    await run('ffmpeg', [
      ...['-v', 'error', '-nostdin', '-y', '-f', 'x11grab', '-framerate', '30', '-video_size', '1920x1080', '-draw_mouse', '0', '-i', display],
      ...['-t', String(FILM_SECONDS), '-pix_fmt', 'yuv420p', ...x264Args(), '-g', '60', target],
    ]);
    return (cpu() - before) / FILM_SECONDS;
  } finally {
    await browser.close();
  }
}

/** The same streams, copied to WebM, at the places of our tiles. */
function writePage(meeting: Meeting, folder: string): string {
  const streams = [meeting.stage, ...meeting.cameras];
  streams.forEach(({ path }, index) => runProgram('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', path, '-c', 'copy', join(folder, `${index}.webm`)]));
  const videos = tilesOf(meeting).map(({ trackId, rect: { x, y, width, height } }) => {
    return `<video muted src="${trackId}.webm" style="left:${x}px;top:${y}px;width:${width}px;height:${height}px"></video>`;
  });
  const style = 'body { margin: 0; background: #0c0d10; overflow: hidden } video { position: absolute; object-fit: cover }';
  const page = join(folder, 'page.html');
  writeFileSync(page, `<!doctype html><style>${style}</style>${videos.join('')}`);
  return page;
}

async function run(program: string, args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} left with code ${code}`);
}

async function firstLine(child: ChildProcess): Promise<string> {
  const ended = once(child, 'close').then(() => Promise.reject(new Error('Xvfb does not start.')));
  const [line] = (await Promise.race([once(child.stdout!, 'data'), ended])) as [Buffer];
  ended.catch(() => undefined);
  return line.toString().trim();
}
