import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { launchChromium } from '../support/chromium.js';
import { launchFirefox } from '../support/firefox.js';
import { run } from '../support/media-tools.js';
import { colourDistance, median, motionOf, observe, skewsOf } from '../support/movie-analysis.js';
import { beepsOf, soundOf } from '../support/movie-sound.js';
import { CAMERA, patternScript, PATTERN_REPORT, PEOPLE, sourceEvents, type PatternReport } from '../support/pattern.js';

/**
 * The measure itself, before anything is measured with it: the browser's own recorder films the pattern,
 * and what is found in the film is what the page says it drew and sounded.
 */
t.setTimeout(400_000);
const dir = await mkdtemp(join(tmpdir(), 'reelroom-pattern-'));
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html');
  response.end('<title>Pattern</title><button>Go</button>');
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
t.teardown(async () => {
  server.close();
  await rm(dir, { recursive: true });
});
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

/** Films until eight flashes were drawn; the film as base64. */
const FILM = `(async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const recorder = new MediaRecorder(stream, { mimeType: 'video/webm;codecs=vp8,opus', videoBitsPerSecond: 3e6 });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.start();
  await new Promise((resolve) => {
    const watch = setInterval(() => {
      if (${PATTERN_REPORT}.flashes.length < 8) return;
      clearInterval(watch);
      recorder.onstop = resolve;
      recorder.stop();
    }, 50);
  });
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
})()`;

for (const [browser, person, launch] of [
  ['Chromium', PEOPLE.host, launchChromium],
  ['Firefox', PEOPLE.fox, () => launchFirefox(PEOPLE.fox.frequencyHz)],
] as const) {
  t.test(`${browser} publishes what it says`, { timeout: 90_000 }, async (t) => {
    const house = await launch();
    t.teardown(() => house.close());
    const page = await house.person({ initScripts: [patternScript(person)] });
    await page.open(url);
    await page.click('button', 'Go');
    const film = await page.evaluate<string>(FILM);
    const report = await page.evaluate<PatternReport>(PATTERN_REPORT);
    t.same(report.errors, []);
    const webm = join(dir, `${browser}.webm`);
    const movie = join(dir, `${browser}.mp4`);
    await writeFile(webm, Buffer.from(film, 'base64'));
    await run('ffmpeg', ['-v', 'error', '-i', webm, '-r', '30', '-s', '960x540', '-preset', 'ultrafast', '-threads', '1', movie]);
    const on = { x: 0, y: 0, widthPx: 1920, heightPx: 1080 };
    const { sightings } = await observe(movie, [{ name: 'me', kind: 'camera', placement: { source: CAMERA, on }, fromMs: 300, toMs: Infinity }]);
    const seen = sightings.get('me') ?? [];
    const motion = motionOf(seen);
    t.ok(motion.unreadable <= seen.length / 20, `${motion.unreadable} of ${seen.length} frames unreadable`);
    t.equal(motion.backwards, 0);
    t.ok(motion.distinct >= motion.drawn * 0.8, `${motion.distinct} of ${motion.drawn} frames`);
    t.ok(seen.every(({ colour }) => colourDistance(colour, person.colour) < 40), `colour is ${seen[5]?.colour}`);
    const beeps = beepsOf(await soundOf(movie), person.frequencyHz);
    const { matched, unmatched } = skewsOf(seen, beeps, { events: sourceEvents(report), drawnAtMs: report.cameraFrames });
    const skews = matched.map((event) => Math.round(event.skewMs));
    t.ok(matched.length >= 5 && unmatched <= 1, `${matched.length} flashes with a beep, ${unmatched} without`);
    t.ok(Math.abs(median(skews)) <= 40, `flash and beep lie together: ${skews} ms`);
  });
}
