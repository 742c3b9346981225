import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { layoutTiles } from '../../src/compositor/layout.js';
import { launchChromium } from '../support/chromium.js';
import { recordingRows } from '../support/database.js';
import { run } from '../support/media-tools.js';
import { soundOf } from '../support/movie-sound.js';
import { createRoom, ServerProcess, temporaryData, until } from '../support/server.js';

/** D9: pictures and films, from somebody's disk and from Media and Files, are seen by the others, heard by them, and recorded. */
const HZ = 660;
const FILE_INPUT = 'Pictures, a PDF or a film';

t.setTimeout(400_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir });
const house = await launchChromium();
t.teardown(async () => {
  await house.close();
  await server.stop();
  await data.remove();
});

/** How much of a tone there is at a moment: its amplitude over half a second (Goertzel's sum). */
function toneAt(sound: Float32Array, second: number): number {
  const part = sound.subarray(second * 48_000, second * 48_000 + 24_000);
  let [re, im] = [0, 0];
  part.forEach((sample, i) => {
    re += sample * Math.cos((2 * Math.PI * HZ * i) / 48_000);
    im += sample * Math.sin((2 * Math.PI * HZ * i) / 48_000);
  });
  return (2 * Math.hypot(re, im)) / part.length;
}

/** Where a point of the presented canvas is on the presenter's page; both from 0 to 1. */
async function placeOn(page: Page, [x, y]: [number, number]): Promise<[number, number]> {
  const box = await page.locator('.surface canvas').boundingBox();
  if (!box) throw new Error('nothing to draw on');
  const scale = Math.min(box.width / 1920, box.height / 1080);
  return [box.x + box.width / 2 + (x - 0.5) * 1920 * scale, box.y + box.height / 2 + (y - 0.5) * 1080 * scale];
}

/** Through the middle half of the board's width, by the pointer. */
async function drawLine(page: Page, y: number): Promise<void> {
  await page.mouse.move(...(await placeOn(page, [0.25, y])));
  await page.mouse.down();
  await page.mouse.move(...(await placeOn(page, [0.75, y])), { steps: 5 });
  await page.mouse.up();
}

/** The whiteboard in the movie: how much is red and blue, and from where to where the red is, as parts of the board. */
async function boardIn(movie: string, second: number): Promise<{ reds: number; blues: number; across: [number, number]; along: [number, number] }> {
  const camera = { widthPx: 640, heightPx: 480, highlighted: false };
  const people = ['Ann', 'Bob'].map((memberId, joinedOrder) => ({ memberId, trackId: memberId, joinedOrder, ...camera }));
  const [stage] = layoutTiles({ layout: 'stage', content: { trackId: 'board', widthPx: 1920, heightPx: 1080 }, people });
  if (!stage) throw new Error('the stage has no place');
  const { x, y, width, height } = stage.rect;
  const crop = `crop=${width}:${height}:${x}:${y},format=rgb24`;
  const picture = await run('ffmpeg', ['-v', 'error', '-ss', String(second), '-i', movie, '-frames:v', '1', '-vf', crop, '-f', 'rawvideo', '-']);
  const [board, line] = [new Extent(), new Extent()];
  let [reds, blues] = [0, 0];
  for (let at = 0; at < picture.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = picture.subarray(at, at + 3);
    const pixel = at / 3;
    const place: [number, number] = [pixel % width, Math.floor(pixel / width)];
    if (Math.min(red, green, blue) > 200) board.take(place);
    if (blue > red + 80) blues++;
    if (red <= green + 80) continue;
    reds++;
    line.take(place);
  }
  const part = (value: number, axis: 0 | 1): number => Number(((value - board.from[axis]) / (board.to[axis] - board.from[axis])).toFixed(3));
  return { reds, blues, across: [part(line.from[0], 0), part(line.to[0], 0)], along: [part(line.from[1], 1), part(line.to[1], 1)] };
}

class Extent {
  from: [number, number] = [Infinity, Infinity];
  to: [number, number] = [-Infinity, -Infinity];

  take([x, y]: [number, number]): void {
    this.from = [Math.min(this.from[0], x), Math.min(this.from[1], y)];
    this.to = [Math.max(this.to[0], x), Math.max(this.to[1], y)];
  }
}

/** Mean colour of the middle of the stage's place, at a second of the movie. */
async function stageColour(movie: string, second: number): Promise<number[]> {
  const middle = 'crop=64:64:700:500,scale=1:1,format=rgb24';
  return [...(await run('ffmpeg', ['-v', 'error', '-ss', String(second), '-i', movie, '-frames:v', '1', '-vf', middle, '-f', 'rawvideo', '-']))];
}

/** A PDF whose pages are of one colour each (ISO 32000-1 section 7.5); readers mend the cross-reference table that it lacks. */
function pdfOf(colours: readonly string[]): string {
  const pages = colours.map((_, i) => 3 + 2 * i);
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((id) => `${id} 0 R`).join(' ')}] >>`,
    ...colours.flatMap((colour, i) => {
      const drawing = `${colour} rg 0 0 960 540 re f`;
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 960 540] /Contents ${(pages[i] ?? 0) + 1} 0 R >>`,
        `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`,
      ];
    }),
  ];
  return `%PDF-1.4\n${objects.map((object, i) => `${i + 1} 0 obj\n${object}\nendobj\n`).join('')}trailer << /Root 1 0 R /Size ${objects.length + 1} >>\n%%EOF\n`;
}

/** Which of the colours it is, which are further apart than that; how right they are is `colours.test.ts`'s to judge. */
const isNear = (found: number[], wanted: number[]): boolean => wanted.every((value, i) => Math.abs(value - (found[i] ?? -99)) <= 40);

t.test('what somebody presents is on the stage, for people and for the recording', async (t) => {
  const folder = t.testdir();
  const [red, blue, film, pages] = ['red.png', 'blue.png', 'film.webm', 'pages.pdf'].map((name) => join(folder, name)) as [string, string, string, string];
  for (const [path, colour] of [[red, '0xc03030'], [blue, '0x3040c0']] as const) {
    await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `color=c=${colour}:s=1280x720`, '-frames:v', '1', path]);
  }
  const sources = ['-f', 'lavfi', '-i', 'color=c=0x30a030:s=640x360:r=15', '-f', 'lavfi', '-i', `sine=frequency=${HZ}`];
  await run('ffmpeg', ['-v', 'error', ...sources, '-t', '30', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus', film]);

  const room = await createRoom(server, 'Present');
  const [ann, bob] = [await house.person(), await house.person()];
  for (const [person, url, name] of [[ann, room.hostUrl, 'Ann'], [bob, room.participantUrl, 'Bob']] as const) {
    await person.open(url);
    await person.check('Microphone', false);
    await person.fill('textbox', 'Your name', name);
    await person.click('button', 'Join');
  }
  await ann.sees('figure', 'Bob');
  const present = async (...files: string[]): Promise<void> => {
    await ann.click('button', 'More options');
    await ann.click('menuitem', 'Present a file');
    await ann.page.getByLabel(FILE_INPUT).setInputFiles(files);
    await ann.sees('region', 'What you present');
  };
  /** What Bob sees in the middle of its width, until it is of this colour there. */
  const bobSees = (wanted: number[], height = 0.5): Promise<true> =>
    until(
      async () => isNear(await bob.evaluate<number[]>(largestVideoColour(height)), wanted) || null,
      60_000,
      () => `Bob does not see ${wanted}`,
    );
  /** It fades when the pointer rests, so that is moved a little all the time. */
  const bobSeesLaser = (): Promise<true> =>
    until(
      async () => {
        for (const x of [0.499, 0.501]) await ann.page.mouse.move(...(await placeOn(ann.page, [x, 0.8])));
        return isNear(await bob.evaluate<number[]>(largestVideoColour(0.8)), [255, 32, 32]) || null;
      },
      60_000,
      () => 'Bob does not see the laser pointer',
    );

  await ann.click('button', 'More options');
  await ann.click('menuitem', 'Record');
  await ann.click('button', 'Start Recording');
  for (const person of [ann, bob]) await person.click('button', 'Confirm');
  const recordedS = async (): Promise<number> => {
    const [, minutes, seconds] = /(\d+):(\d+)/.exec(await ann.text('timer', 'Recording time')) ?? [];
    return Number(minutes) * 60 + Number(seconds);
  };
  /** The movie has it for at least two whole seconds from here on. */
  const keptFor = async (): Promise<number> => {
    const from = await recordedS();
    await until(async () => ((await recordedS()) >= from + 4 ? true : null), 60_000, () => 'the counter stands still');
    return from + 2;
  };

  await present(red, blue);
  await bobSees([0xc0, 0x30, 0x30]);
  const redAt = await keptFor();
  await ann.click('button', 'Next');
  await bobSees([0x30, 0x40, 0xc0]);
  const blueAt = await keptFor();
  await present(film);
  await bobSees([0x30, 0xa0, 0x30]);
  const filmAt = await keptFor();
  writeFileSync(pages, pdfOf(['0.8 0.6 0.1', '0.1 0.6 0.7']));
  await present(pages);
  await bobSees([204, 153, 26]);
  await ann.click('button', 'Next');
  await bobSees([26, 153, 178]);

  // On the whiteboard a red line through the middle half; a blue one above it is taken back.
  await ann.click('button', 'More options');
  await ann.click('menuitem', 'Whiteboard');
  await bobSees([255, 255, 255]);
  await ann.click('button', 'Thick');
  await ann.click('button', 'Blue');
  await drawLine(ann.page, 0.2);
  await bobSees([0x1f, 0x5f, 0xe0], 0.2);
  await ann.click('button', 'Undo');
  await ann.click('button', 'Red');
  await drawLine(ann.page, 0.5);
  await bobSees([0xd3, 0x26, 0x1b]);
  await bobSees([255, 255, 255], 0.2);
  const boardAt = await keptFor();
  await ann.click('button', 'Laser pointer');
  await bobSeesLaser();
  await bobSees([255, 255, 255], 0.8);
  await ann.click('button', 'Stop presenting');
  await ann.misses('region', 'What you present');
  await ann.click('button', 'Stop recording');
  await ann.clickIn('Do you want to stop recording?', 'button', 'Stop recording');
  const recording = await until(() => recordingRows(data.dir).find(({ state }) => state === 'available') ?? null, 120_000, () => JSON.stringify(recordingRows(data.dir)));

  const movie = join(data.dir, recording.path ?? '');
  for (const [second, wanted] of [[redAt, [0xc0, 0x30, 0x30]], [blueAt, [0x30, 0x40, 0xc0]], [filmAt, [0x30, 0xa0, 0x30]]] as const) {
    const found = await stageColour(movie, second);
    t.ok(isNear(found, [...wanted]), `at ${second} s the stage is ${found}, presented was ${wanted}`);
  }
  const { reds, blues, across, along } = await boardIn(movie, boardAt);
  t.ok(Math.abs(across[0] - 0.25) < 0.03 && Math.abs(across[1] - 0.75) < 0.03, `the line goes from ${across} of the board's width`);
  t.ok(Math.abs(along[0] - 0.5) < 0.03 && Math.abs(along[1] - 0.5) < 0.03, `and is at ${along} of its height`);
  t.ok(reds > 20 * blues, `${reds} pixels of it are red; ${blues} are blue`);
  const sound = await soundOf(movie);
  const [heard, before] = [toneAt(sound, filmAt), toneAt(sound, redAt)];
  t.ok(heard > 0.03 && heard > 10 * before, `the film's tone has ${heard.toFixed(3)}, before it ${before.toFixed(4)}`);

  // The recording itself, from the room's Media and Files.
  await ann.click('button', 'More options');
  await ann.click('menuitem', 'Present a file');
  await ann.page.getByRole('region', { name: 'Media and Files' }).getByRole('button', { name: recording.name ?? '' }).click();
  await ann.sees('region', 'What you present');
  const seek = (second: number): Promise<void> => ann.page.getByRole('slider', { name: 'Position in the film' }).fill(String(second));
  await seek(filmAt);
  await bobSees([0x30, 0xa0, 0x30]);
  await until(async () => ((await bob.evaluate<number>(LOUDEST_HZ)) === HZ ? true : null), 60_000, () => 'Bob does not hear the tone');
  await ann.click('button', 'Pause');
  await seek(redAt);
  await bobSees([0xc0, 0x30, 0x30]);

  // What hosts add there is shown in the same way; the meeting goes on meanwhile.
  await ann.click('button', 'More options');
  await ann.click('menuitem', 'Media and Files');
  const disguised = join(folder, 'page.png');
  writeFileSync(disguised, '<script>alert(1)</script>');
  const slow = join(folder, 'slow.pdf');
  writeFileSync(slow, pdfOf(['0 0 0']));
  await ann.page.route('**/files?name=slow.pdf', () => undefined);
  const [chooser] = await Promise.all([ann.page.waitForEvent('filechooser'), ann.click('button', 'Add files')]);
  await chooser.setFiles([slow, pages, disguised, blue]);
  const row = (name: string) => ann.page.getByRole('listitem').filter({ hasText: name });
  await row('slow.pdf').getByRole('button', { name: 'Cancel' }).click();
  await ann.reads('can be added');
  await ann.sees('link', 'blue.png');
  t.equal(await row('slow.pdf').count(), 0, 'what was cancelled is gone, and the others went on');
  await row('page.png').getByRole('button', { name: 'Dismiss' }).click();
  await row('blue.png').getByRole('button', { name: 'Rename' }).click();
  await ann.fill('textbox', 'Name', 'Sea/view');
  await ann.page.keyboard.press('Enter');
  await ann.sees('link', 'Sea_view.png');
  await row('Sea_view.png').getByRole('button', { name: 'Delete' }).click();
  await ann.clickIn('Delete “Sea_view.png”?', 'button', 'Delete');
  await ann.misses('link', 'Sea_view.png');
  t.equal(await ann.evaluate('document.activeElement.innerText.trim()'), 'Files', 'the focus is not lost with it');
  await ann.click('button', 'Back to the meeting');
  await ann.click('button', 'More options');
  await ann.click('menuitem', 'Present a file');
  await ann.page.getByRole('button', { name: 'pages.pdf' }).click();
  await bobSees([204, 153, 26]);
  await ann.click('button', 'Laser pointer');
  await bobSeesLaser();
  t.same([...ann.problems, ...bob.problems], []);
});

/** The loudest of the notes of 60 Hz's multiples in what the page is sent as sound; 0 while all of it is silent. */
const LOUDEST_HZ = `(async () => {
  const tracks = [...document.querySelectorAll('audio')].flatMap(({ srcObject }) => srcObject?.getAudioTracks() ?? []);
  const context = (window.ears ??= new AudioContext());
  const analyser = context.createAnalyser();
  analyser.fftSize = 4096;
  for (const track of tracks) context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const loudest = levels.indexOf(Math.max(...levels));
  return levels[loudest] < -60 ? 0 : Math.round((loudest * context.sampleRate) / analyser.fftSize / 60) * 60;
})()`;

/** Mean colour around the middle of the largest picture on the page, at that part of its height; zeros before there is one. */
const largestVideoColour = (height: number): string => `(() => {
  const videos = [...document.querySelectorAll('video')].filter((video) => video.videoWidth > 0);
  videos.sort((a, b) => b.clientWidth * b.clientHeight - a.clientWidth * a.clientHeight);
  if (!videos[0]) return [0, 0, 0];
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d');
  const { videoWidth, videoHeight } = videos[0];
  context.drawImage(videos[0], videoWidth / 2 - 2, videoHeight * ${height} - 2, 4, 4, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
})()`;
