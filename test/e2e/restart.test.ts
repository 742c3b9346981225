import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import t from 'tap';
import { DataPaths } from '../../src/core/paths.js';
import { readJournal } from '../../src/journal/reader.js';
import type { TimelineEvent } from '../../src/journal/records.js';
import { Bot } from '../support/bot.js';
import { recordingRows } from '../support/database.js';
import { createRoom, freePort, ServerProcess, temporaryData, until } from '../support/server.js';

/** The server dies and is started again: what was chosen for the meeting's picture still holds (S4, V2), and files are whole. */

t.setTimeout(200_000);
const data = await temporaryData();
const port = await freePort();
let server = await ServerProcess.start({ dataDir: data.dir, port });
t.teardown(async () => {
  await server.stop();
  await data.remove();
});

async function timelineOf(recordingId: string): Promise<TimelineEvent[]> {
  const events: TimelineEvent[] = [];
  for await (const record of readJournal(new DataPaths(data.dir).journal(recordingId))) {
    if (record.type === 'event') events.push(record.event);
  }
  return events;
}

/** Of the room's recording, once what is looked for is in its journal. */
async function timelineWith(recordingId: string, kind: TimelineEvent['kind']): Promise<TimelineEvent[]> {
  const look = async (): Promise<TimelineEvent[] | null> => {
    const events = await timelineOf(recordingId);
    return events.some((event) => event.kind === kind) ? events : null;
  };
  return until(look, 20_000, () => `no ${kind} in the journal`);
}

t.test('layout and highlight survive the server, in the room and in what is recorded then', async (t) => {
  const room = await createRoom(server, 'Restarted');
  const enter = (url: string, name: string): Promise<Bot> => Bot.join(port, String(url.split('#t=')[1]), name);
  const record = async (host: Bot): Promise<string> => {
    t.equal(await host.codeOf({ type: 'recording-start' }), 'ok');
    const { recording } = await host.fact('recording', (fact) => fact.recording.state === 'recording');
    return recording.recordingId;
  };
  const host = await enter(room.hostUrl, 'Ada');
  const guest = await enter(room.participantUrl, 'Cleo');
  const first = await record(host);
  t.equal(await host.codeOf({ type: 'set-layout', layout: 'speaker' }), 'ok');
  t.equal(await host.codeOf({ type: 'highlight', memberId: guest.memberId }), 'ok');
  await timelineWith(first, 'highlight');
  await server.kill();
  server = await ServerProcess.start({ dataDir: data.dir, port });

  const back = await Bot.connect(port);
  t.match(await back.requestJoin(String(room.hostUrl.split('#t=')[1]), 'Ada'), { layout: 'speaker', highlighted: null }, 'who is highlighted is not back yet');
  const second = await record(back);
  const other = await enter(room.participantUrl, 'Bo');
  const guestAgain = await Bot.connect(port);
  const joined = await guestAgain.requestJoin(String(room.participantUrl.split('#t=')[1]), 'Cleo');
  t.match(joined, { layout: 'speaker', highlighted: guestAgain.memberId });
  t.match(await back.fact('highlight'), { memberId: guestAgain.memberId });
  const timeline = await timelineWith(second, 'highlight');
  t.match(timeline[0], { kind: 'started', layout: 'speaker' });
  t.match(timeline.filter(({ kind }) => kind === 'highlight'), [{ memberId: guestAgain.memberId }]);

  t.equal(await back.codeOf({ type: 'highlight', memberId: null }), 'ok');
  t.equal(await back.codeOf({ type: 'recording-stop' }), 'ok');
  await until(() => (recordingRows(data.dir).every(({ state }) => state === 'available') ? true : null), 60_000, () => JSON.stringify(recordingRows(data.dir)));
  await server.kill();
  server = await ServerProcess.start({ dataDir: data.dir, port });
  const third = await Bot.connect(port);
  t.match(await third.requestJoin(String(room.participantUrl.split('#t=')[1]), 'Cleo'), { layout: 'speaker', highlighted: null }, 'nor is what was taken away there again');
  t.same([host, guest, back, other, guestAgain, third].flatMap(({ misfits }) => misfits), []);
});

t.test('a file that was being added is swept away, and one that was there stays', async (t) => {
  const room = await createRoom(server, 'Files');
  const files = `/api/v1/rooms/${room.id}/files`;
  const headers = { authorization: `Bearer ${String(room.hostUrl.split('#t=')[1])}` };
  const pdf = `%PDF-1.4\n${'x'.repeat(100_000)}`;
  const added = await fetch(`${server.url}${files}?name=whole.pdf`, { method: 'POST', headers, body: pdf });
  t.equal(added.status, 201);
  const cut = request(server.url, { path: `${files}?name=cut.pdf`, method: 'POST', headers: { ...headers, 'content-length': pdf.length } });
  cut.on('error', () => undefined);
  cut.write(pdf.slice(0, 50_000));
  const folder = new DataPaths(data.dir).storedFiles(room.id);
  await until(() => (readdirSync(folder).some((name) => name.endsWith('.part')) ? true : null), 20_000, () => 'nothing is being written');
  await server.kill();
  server = await ServerProcess.start({ dataDir: data.dir, port });
  const { files: listed } = (await (await fetch(`${server.url}${files}`, { headers })).json()) as { files: { name: string; url: string }[] };
  t.match(listed, [{ name: 'whole.pdf' }]);
  t.equal(await (await fetch(`${server.url}${listed[0]?.url}`, { headers })).text(), pdf);
  t.match(readdirSync(folder), [/\.pdf$/]);
  t.equal(readdirSync(folder).length, 1);
});
