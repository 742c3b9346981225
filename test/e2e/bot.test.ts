import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/core/paths.js';
import { lumaIn, framesOf } from '../support/movie-frames.js';
import { beepsOf, soundOf } from '../support/movie-sound.js';
import { inspectMovie } from '../support/movie-facts.js';
import { commandLine, createRoom, ServerProcess, temporaryData, type ListedRecording } from '../support/server.js';

/** The bot of docs/bot.md against the real server: it joins, publishes, records, and its picture and sound are in the movie. */

const SECONDS = 4;

t.setTimeout(90_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir });
t.teardown(async () => {
  await server.stop();
  await data.remove();
});

async function runBot(link: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const args = ['--experimental-websocket', '--no-warnings', join(packageRoot, 'examples', 'bot.mjs'), link, String(SECONDS)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

t.test('the bot of the docs joins, publishes and records, and the movie has its picture and its sound', async (t) => {
  const room = await createRoom(server, 'Botany');
  const { code, stdout, stderr } = await runBot(room.hostUrl);
  t.equal(code, 0, stderr);
  t.match(stdout, /^Rec - .* - Botany\.mp4\n$/);
  const listed = JSON.parse((await commandLine(data.dir, 'recordings', 'list', '--json')).stdout) as ListedRecording[];
  t.match(listed, [{ state: 'available', name: stdout.trim() }]);
  const path = listed[0]?.path ?? '';
  const facts = await inspectMovie(path);
  t.ok(Math.abs(facts.durationMs - SECONDS * 1000) < 1500, `${facts.durationMs} ms`);
  t.match(facts.video, { codec: 'h264', widthPx: 1920, heightPx: 1080 });

  // The camera fills the canvas: bright above a line that goes down, dark below it.
  const bright = new Set<boolean>();
  let frames = 0;
  for await (const frame of framesOf(path)) {
    frames++;
    bright.add(lumaIn(frame, { x: 900, y: 500, widthPx: 100, heightPx: 20 }) > 130);
  }
  t.ok(frames > 60, `${frames} frames`);
  t.equal(bright.size, 2, 'its line went through the middle of the picture');
  const sound = await soundOf(path);
  const loudest = sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  t.ok(loudest > 0.02, `loudest sample ${loudest}`);
  t.ok(beepsOf(sound, 400).length > 0, 'it hums at 400 Hz');
});

t.test('a bot that may not come in says why', async (t) => {
  const { code, stderr } = await runBot(`${server.url}/r/nowhere#t=x.y.z`);
  t.equal(code, 1);
  t.match(stderr, /token_invalid/);
});
