import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './lib/build.mjs';
import { main, root, say } from './lib/process.mjs';

/**
 * Records the journals of test/fixtures/journals anew, with real browsers through the real product:
 * `node scripts/record-fixtures.mjs [--only NAME]`. Beside each journal it writes `truth.json`: what the
 * pages say they drew and sounded. The machine should have nothing else to do meanwhile.
 */
const SCENES = {
  'two-chromium-grid': {
    says: 'Two Chromium cameras (480x270, simulcast) and microphones, in a grid.',
    people: { host: 'chromium', moderator: 'chromium' },
    steps: [{ untilMs: 8000 }],
  },
  'screen-and-two-cameras': {
    says: 'Two Chromium cameras; from the fifth second on one of them shares a screen of 1280x720.',
    people: { host: 'chromium', moderator: 'chromium' },
    steps: [{ untilMs: 5000 }, { press: ['moderator', 'Share screen'] }, { untilMs: 12_000 }],
  },
  'firefox-and-chromium': {
    says: 'One Firefox and one Chromium, cameras and microphones, in a grid.',
    people: { host: 'chromium', fox: 'firefox' },
    steps: [{ untilMs: 8000 }],
  },
  'h264-and-vp9': {
    says: 'Two Chromium cameras in a grid: one of H.264 in two streams, one of VP9 in two layers of one stream.',
    people: { host: 'chromium', moderator: 'chromium' },
    codecs: { host: { codec: 'H264' }, moderator: { codec: 'VP9', mode: 'L2T2_KEY' } },
    steps: [{ untilMs: 7000 }],
  },
  'av1-and-firefox-vp9': {
    says: 'One Chromium camera of AV1 in two streams and one Firefox camera of VP9, in a grid.',
    people: { host: 'chromium', fox: 'firefox' },
    codecs: { host: { codec: 'AV1' }, fox: { codec: 'VP9' } },
    steps: [{ untilMs: 7000 }],
  },
  'codec-change': {
    says: 'Two Chromium cameras; one goes from VP9 to H.264 when it shares a screen, in H.264 as well.',
    people: { host: 'chromium', moderator: 'chromium' },
    codecs: { moderator: { codec: 'VP9' } },
    steps: [{ untilMs: 4500 }, { codec: ['moderator', 'H264'] }, { press: ['moderator', 'Share screen'] }, { untilMs: 10_000 }],
  },
  'layer-switch': {
    says: 'Cameras of 960x540 with three layers; a tile shrinks when a screen is shared and grows when the share ends, and its layer changes both times.',
    people: { host: 'chromium', moderator: 'chromium' },
    scale: 2,
    steps: [{ untilMs: 5000 }, { press: ['moderator', 'Share screen'] }, { untilMs: 11_000 }, { press: ['moderator', 'Share screen'] }, { untilMs: 16_000 }],
  },
};

await main(async () => {
  const { values: flags } = parseArgs({ options: { only: { type: 'string' } } });
  await prepare({ forTests: true });
  for (const [name, scene] of Object.entries(SCENES)) {
    if (flags.only === undefined || flags.only === name) await record(name, scene);
  }
});

async function record(name, scene) {
  const { launchChromium } = await import('../dist/test/support/chromium.js');
  const { launchFirefox } = await import('../dist/test/support/firefox.js');
  const { keepJournal, journalFacts } = await import('../dist/test/support/journal-facts.js');
  const { recordingRows } = await import('../dist/test/support/database.js');
  const { PEOPLE, sourceEvents } = await import('../dist/test/support/pattern.js');
  const { ServerProcess, createRoom, temporaryData, until } = await import('../dist/test/support/server.js');
  const { enter, patternReport, startRecording, stopBySquare } = await import('../dist/test/e2e/party.js');

  const target = join(root, 'test', 'fixtures', 'journals', name);
  const data = await temporaryData();
  const server = await ServerProcess.start({ dataDir: data.dir });
  const houses = {};
  try {
    const room = await createRoom(server, name);
    const people = {};
    for (const [key, browser] of Object.entries(scene.people)) {
      houses[browser] ??= browser === 'chromium' ? await launchChromium() : await launchFirefox(PEOPLE.fox.frequencyHz);
      const link = key === 'host' ? room.hostUrl : room.moderatorUrl;
      people[key] = await enter(houses[browser], link, { ...PEOPLE[key], scale: scene.scale ?? 1, codec: scene.codecs?.[key] });
    }
    for (const key of Object.keys(people)) {
      for (const other of Object.keys(people)) if (other !== key) await people[key].sees('figure', PEOPLE[other].name);
    }
    // Congestion control has found its rate by then.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await startRecording(people.host);
    const running = await until(() => recordingRows(data.dir).find(({ state }) => state === 'recording') ?? null, 10_000, () => 'no recording');
    const startedMs = performance.now();
    const journal = join(data.dir, 'recordings', running.id, 'journal');
    const kept = join(data.dir, 'kept');
    await keepJournal(journal, kept);
    for (const { untilMs, press, codec } of scene.steps) {
      if (press) await people[press[0]].click('button', press[1]);
      else if (codec) await people[codec[0]].evaluate(`reelroomCodec.use('${codec[1]}')`);
      else await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedMs + untilMs - performance.now())));
    }
    await keepJournal(journal, kept);
    await stopBySquare(people.host);
    await until(() => (recordingRows(data.dir).at(-1)?.state === 'available' ? true : null), 60_000, () => server.output.slice(-3000));

    const facts = await journalFacts(kept);
    const truth = { says: scene.says, people: [] };
    for (const [key, person] of Object.entries(people)) {
      const report = await patternReport(person);
      const { name: called, colour, frequencyHz } = PEOPLE[key];
      truth.people.push({
        name: called,
        browser: await person.evaluate('navigator.userAgent'),
        colour,
        frequencyHz,
        events: sourceEvents(report).map((event) => ({ ...event, drawnAtMs: tenth(event.drawnAtMs), beepAtMs: tenth(event.beepAtMs) })),
        drawnAtMs: report.cameraFrames.map(tenth),
      });
    }
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    await cp(kept, target, { recursive: true });
    await writeFile(join(target, 'truth.json'), `${JSON.stringify(truth)}\n`);
    say(`${name}: ${(facts.lastMs / 1000).toFixed(1)} s, ${facts.records} records, ends ${facts.end?.end}`);
  } finally {
    await Promise.allSettled(Object.values(houses).map((house) => house.close()));
    await server.stop();
    await data.remove();
  }
}

function tenth(ms) {
  return Math.round(ms * 10) / 10;
}
