import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { DataPaths } from '../../src/core/paths.js';
import { FileShelf, openStorage, type FileShelfOptions } from '../../src/storage/index.js';

const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(5000, 7)]);
const MANY = 4 * 2 ** 30;

function shelfOf(t: Test, options: Partial<FileShelfOptions> = {}) {
  const paths = new DataPaths(t.testdir());
  const storage = openStorage(paths.database);
  t.teardown(() => storage.close());
  const { id: roomId } = storage.rooms.create({ title: 'Weekly', ownerId: 'ann', timeZone: 'UTC', createdAtMs: 1 });
  const shelf = new FileShelf({ paths, rows: storage.roomFiles, options: { maxBytes: 10_000, freeBytes: async () => MANY, ...options } });
  const add = (content: Iterable<Uint8Array> | AsyncIterable<Uint8Array> = [PNG], bytes = PNG.length) =>
    shelf.add({ roomId, bytes, nameOf: ([ending], attempt) => `Slide${attempt > 1 ? ` (${attempt})` : ''}${ending}`, addedBy: 'ann', nowMs: 5 }, pieces(content));
  const onDisk = (): string[] => (existsSync(paths.storedFiles(roomId)) ? readdirSync(paths.storedFiles(roomId)) : []);
  return { paths, storage, roomId, shelf, add, onDisk };
}

async function* pieces(content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* content;
}

t.test('a file is kept as it came, named by its id on the disk and by its name in its row', async (t) => {
  const { shelf, add, onDisk, roomId } = shelfOf(t);
  const row = await add([PNG.subarray(0, 3), PNG.subarray(3, 90), PNG.subarray(90)]);
  t.match(row, { roomId, name: 'Slide.png', type: 'image/png', bytes: PNG.length, addedBy: 'ann', createdAtMs: 5 });
  t.same(readFileSync(shelf.pathOf(row)), PNG);
  t.same(onDisk(), [`${row.id}.png`]);
  t.equal((await add()).name, 'Slide (2).png', 'a name that is taken');
  t.same(shelf.list(roomId).map(({ name }) => name).sort(), ['Slide (2).png', 'Slide.png']);

  t.equal(shelf.rename(row, ([ending], attempt) => `Slide (${attempt + 1})${ending}`).name, 'Slide (3).png');
  t.same(readFileSync(shelf.pathOf(shelf.get(roomId, row.id))), PNG);
  await shelf.remove(row);
  t.throws(() => shelf.get(roomId, row.id), { code: 'file_unknown' });
  t.equal(onDisk().length, 1);
});

t.test('what cannot be kept leaves nothing behind', async (t) => {
  const { add, onDisk, shelf, roomId } = shelfOf(t);
  await t.rejects(add([Buffer.from('<html>'.repeat(50))], 300), { code: 'file_type_refused' });
  await t.rejects(add([PNG], PNG.length + 1), { code: 'upload_incomplete' });
  await t.rejects(add([PNG, PNG]), { code: 'upload_incomplete' });
  await t.rejects(add([PNG.subarray(0, 5)], PNG.length), { code: 'upload_incomplete' });
  await t.rejects(add([], 0), { code: 'file_empty' });
  await t.rejects(add([PNG], 10_001), { code: 'file_too_long' });
  const lost = async function* (): AsyncGenerator<Uint8Array> {
    yield PNG.subarray(0, 100);
    throw new Error('the line was cut');
  };
  await t.rejects(add(lost()), { message: 'the line was cut' });
  t.same(onDisk(), []);
  t.same(shelf.list(roomId), []);
});

t.test('space on the disk stays free for recordings, whatever is being written already', async (t) => {
  let free = 2 ** 30 + 3 * PNG.length;
  const { add, onDisk } = shelfOf(t, { freeBytes: async () => free });
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const held = async function* (): AsyncGenerator<Uint8Array> {
    yield PNG.subarray(0, 100);
    await finished;
    yield PNG.subarray(100);
  };
  const writing = Array.from({ length: 4 }, () => add(held()));
  const refused = await new Promise((resolve) => writing.forEach((each) => void each.catch(resolve)));
  t.match(refused, { code: 'file_no_space', status: 507 }, 'there is space for three');
  finish();
  await Promise.allSettled(writing);
  t.equal(onDisk().length, 3);
  free = 2 ** 30;
  await t.rejects(add(), { code: 'file_no_space' });
  t.equal(onDisk().length, 3);
});

t.test('so many files are written at once, and no more', async (t) => {
  const { add, shelf, onDisk } = shelfOf(t);
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const held = async function* (): AsyncGenerator<Uint8Array> {
    await finished;
    yield PNG;
  };
  const writing = Array.from({ length: 8 }, () => add(held()));
  await t.rejects(add(), { code: 'server_busy', status: 503 });
  finish();
  await shelf.close();
  t.equal(onDisk().length, 8, 'closing waits for them');
  await Promise.all(writing);
});

t.test('after a kill, whole files get their place, and others are swept away', async (t) => {
  const { paths, storage, roomId, shelf, onDisk, add } = shelfOf(t);
  const there = await add();
  const row = { id: 'whole', roomId, name: 'Whole.png', type: 'image/png' as const, bytes: PNG.length, path: `rooms/${roomId}/files/whole.png`, addedBy: 'ann', createdAtMs: 6 };
  storage.roomFiles.create(row);
  writeFileSync(paths.storedFile(roomId, 'whole', '.part'), PNG);
  writeFileSync(paths.storedFile(roomId, 'half', '.part'), PNG.subarray(0, 9));
  mkdirSync(paths.recordingsFolder(roomId), { recursive: true });
  writeFileSync(`${paths.rooms}/stray`, 'no folder');
  await shelf.recover();
  t.same(onDisk().sort(), [`${there.id}.png`, 'whole.png'].sort());
  t.same(readFileSync(shelf.pathOf(row)), PNG);
});
