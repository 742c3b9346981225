import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { launchChromium } from '../support/chromium.js';
import { recordingRows } from '../support/database.js';
import { run } from '../support/media-tools.js';
import { soundOf } from '../support/movie-sound.js';
import { createRoom, ServerProcess, temporaryData, until } from '../support/server.js';

/** D9: pictures and films, from somebody's disk and from Media and Files, are seen by the others, heard by them, and recorded. */
const HZ = 660;
const FILE_INPUT = 'Pictures, a PDF or a film';

t.setTimeout(240_000);
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
  /** What Bob sees of it, until it is of this colour. */
  const bobSees = (wanted: number[]): Promise<true> =>
    until(
      async () => isNear(await bob.evaluate<number[]>(LARGEST_VIDEO_COLOUR), wanted) || null,
      60_000,
      () => `Bob does not see ${wanted}`,
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
  const [chooser] = await Promise.all([ann.page.waitForEvent('filechooser'), ann.click('button', 'Add files')]);
  await chooser.setFiles([pages, disguised, blue]);
  await ann.reads('can be added');
  await ann.sees('link', 'blue.png');
  const row = (name: string) => ann.page.getByRole('listitem').filter({ hasText: name });
  await row('page.png').getByRole('button', { name: 'Dismiss' }).click();
  await row('blue.png').getByRole('button', { name: 'Rename' }).click();
  await ann.fill('textbox', 'Name', 'Sea/view');
  await ann.page.keyboard.press('Enter');
  await ann.sees('link', 'Sea_view.png');
  await row('Sea_view.png').getByRole('button', { name: 'Delete' }).click();
  await ann.clickIn('Delete “Sea_view.png”?', 'button', 'Delete');
  await ann.misses('link', 'Sea_view.png');
  await ann.click('button', 'Back to the meeting');
  await ann.click('button', 'More options');
  await ann.click('menuitem', 'Present a file');
  await ann.page.getByRole('button', { name: 'pages.pdf' }).click();
  await bobSees([204, 153, 26]);
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

/** Mean colour of the middle of the largest picture on the page; zeros before there is one. */
const LARGEST_VIDEO_COLOUR = `(() => {
  const videos = [...document.querySelectorAll('video')].filter((video) => video.videoWidth > 0);
  videos.sort((a, b) => b.clientWidth * b.clientHeight - a.clientWidth * a.clientHeight);
  if (!videos[0]) return [0, 0, 0];
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d');
  const { videoWidth, videoHeight } = videos[0];
  context.drawImage(videos[0], videoWidth / 2 - 8, videoHeight / 2 - 8, 16, 16, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
})()`;
