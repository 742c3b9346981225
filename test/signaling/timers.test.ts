import { join } from 'node:path';
import { mock } from 'node:test';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import type { Role } from '../../src/core/roles.js';
import { Client } from '../../src/signaling/client.js';
import { Hub } from '../../src/signaling/hub.js';
import type { ServerMessage } from '../../src/signaling/protocol.js';
import { Tokens } from '../../src/signaling/tokens.js';
import { openStorage } from '../../src/storage/index.js';
import { MediaDouble, RecordingDouble } from './doubles.js';

/**
 * The session's timers on a fake clock and the real database, with the process killed and started again in the middle
 * of each of them (S2, S3, S4). Minutes are counted from the session's start.
 */

const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 0, 1);
const TOLERANCE_MS = 1000;

type Told = [minute: number, ServerMessage['type'], leftOrReason: number | string];

/** A machine with a disk: the server on it dies and is started again, time passes all the same. */
class Machine {
  readonly #path: string;
  readonly #settings: { maxSessionMs?: number };
  #wallMs = START_MS;
  /** Monotonic clocks begin anywhere. */
  #upUs = 5_000_000;
  #running: { storage: ReturnType<typeof openStorage>; hub: Hub; recording: RecordingDouble } | null = null;
  roomId = '';

  constructor(t: Test, settings: { maxSessionMs?: number } = {}) {
    this.#path = join(t.testdir(), 'reelroom.db');
    this.#settings = settings;
    t.teardown(() => this.kill());
    this.start();
    const { storage } = this.#server;
    this.roomId = storage.rooms.create({ title: 'Weekly', ownerId: 'ann', timeZone: 'UTC', settings: this.#settings, createdAtMs: START_MS }).id;
  }

  get #server() {
    if (!this.#running) throw new Error('the server does not run');
    return this.#running;
  }

  get minute(): number {
    return (this.#wallMs - START_MS) / MINUTE;
  }

  get recording(): RecordingDouble {
    return this.#server.recording;
  }

  start(): void {
    mock.timers.enable({ apis: ['setTimeout'] });
    const storage = openStorage(this.#path);
    const recording = new RecordingDouble();
    const upUs = this.#upUs;
    const clock = { wallMs: () => this.#wallMs, monotonicUs: () => this.#upUs - upUs };
    const hub = new Hub({ hostTimeoutMs: 15 * MINUTE, awayLimitMs: 30_000, clock, log: pino({ level: 'silent' }), media: new MediaDouble(), recording, storage });
    this.#running = { storage, hub, recording };
    hub.restore();
  }

  /** As `kill -9`: no timer of it fires any more. Twice is fine. */
  kill(): void {
    mock.timers.reset();
    this.#running?.storage.close();
    this.#running = null;
  }

  /** Lets the time pass in steps of a second, with a server or without. */
  untilMinute(minute: number): void {
    while (this.minute < minute) {
      const stepMs = Math.min(1000, Math.round((minute - this.minute) * MINUTE));
      this.#wallMs += stepMs;
      this.#upUs += stepMs * 1000;
      if (this.#running) mock.timers.tick(stepMs);
    }
  }

  /** A person comes in; `told` is what they are told of the session's end. */
  async enter(role: Role, identity: string): Promise<{ told: Told[]; joined: ServerMessage; lose(): void }> {
    const told: Told[] = [];
    let joined: ServerMessage | undefined;
    const socket = {
      send: (message: ServerMessage) => {
        if (message.type === 'joined' || message.type === 'error') joined ??= message;
        if (message.type === 'session-ending') told.push([this.minute, message.type, Math.round(message.leftMs / 1000)]);
        if (message.type === 'session-ended') told.push([this.minute, message.type, message.reason]);
      },
      close: () => undefined,
    };
    const tokens = new Tokens(Buffer.alloc(32).toString('base64url'), () => this.#wallMs);
    const { hub, recording } = this.#server;
    const parts = { hub, tokens, recording, log: pino({ level: 'silent' }), monotonicMs: () => this.#upUs / 1000, joinTimeoutMs: 15_000 };
    const client = new Client(parts, socket, '');
    const token = await tokens.sign({ roomId: this.roomId, role, identity });
    const text = JSON.stringify({ type: 'join', id: 1, protocol: 1, token, name: identity, mobile: false });
    client.receive(text, text.length);
    while (!joined) await new Promise((resolve) => setImmediate(resolve));
    return { told, joined, lose: () => client.socketClosed(1000) };
  }

  session(): { endReason: string | null; endedAtMinute: number | null; hostLeftAtMs: number | null } {
    const row = this.#server.storage.sessions.list(this.roomId)[0];
    if (!row) throw new Error('no session');
    return { endReason: row.endReason, endedAtMinute: row.endedAtMs === null ? null : (row.endedAtMs - START_MS) / MINUTE, hostLeftAtMs: row.hostLeftAtMs };
  }
}

/** What was told, at these minutes give or take a second. */
function sameTold(t: Test, told: Told[], expected: Told[]): void {
  t.same(told.map(([, ...what]) => what), expected.map(([, ...what]) => what));
  told.forEach(([minute], at) => t.ok(Math.abs(minute - (expected[at]?.[0] ?? 0)) * MINUTE <= TOLERANCE_MS, `told at minute ${minute}`));
}

/** The host leaves at minute 10; the server dies and comes back; a guest is there before and comes back after it. */
async function hostLeavesAndServerDies(t: Test, { dies, backAt }: { dies: number; backAt: number }) {
  const machine = new Machine(t);
  const host = await machine.enter('host', 'ann');
  const before = await machine.enter('participant', 'bob');
  machine.untilMinute(10);
  host.lose();
  machine.untilMinute(dies);
  machine.kill();
  machine.untilMinute(backAt);
  machine.start();
  const after = await machine.enter('participant', 'bob');
  return { machine, before: before.told, after };
}

const ENDED: Told = [25, 'session-ended', 'host-timeout'];

t.test('before the warnings: both are given, and the end comes when it was due (S2, S4)', async (t) => {
  const { machine, before, after } = await hostLeavesAndServerDies(t, { dies: 13, backAt: 14 });
  machine.untilMinute(30);
  sameTold(t, before, []);
  sameTold(t, after.told, [[20, 'session-ending', 300], [24, 'session-ending', 60], ENDED]);
  t.match(machine.session(), { endReason: 'host-timeout', endedAtMinute: 25 });
  t.same(machine.recording.ended, [machine.roomId], 'and so does what is recorded');
});

t.test('at the time of the first warning: it is given to who comes back (S2, S4)', async (t) => {
  const { machine, before, after } = await hostLeavesAndServerDies(t, { dies: 19.5, backAt: 20.5 });
  machine.untilMinute(30);
  sameTold(t, before, []);
  sameTold(t, after.told, [[20.5, 'session-ending', 270], [24, 'session-ending', 60], ENDED]);
});

t.test('between the warnings: who comes back is told how long is left (S2, S4)', async (t) => {
  const { machine, before, after } = await hostLeavesAndServerDies(t, { dies: 22, backAt: 22.5 });
  machine.untilMinute(30);
  sameTold(t, before, [[20, 'session-ending', 300]]);
  sameTold(t, after.told, [[22.5, 'session-ending', 150], [24, 'session-ending', 60], ENDED]);
});

t.test('in the last minute: who comes back is told, and the end comes when it was due (S2, S4)', async (t) => {
  const { machine, before, after } = await hostLeavesAndServerDies(t, { dies: 24.5, backAt: 24.75 });
  machine.untilMinute(30);
  sameTold(t, before, [[20, 'session-ending', 300], [24, 'session-ending', 60]]);
  sameTold(t, after.told, [[24.75, 'session-ending', 15], ENDED]);
  t.match(machine.session(), { endReason: 'host-timeout', endedAtMinute: 25 });
});

t.test('over the end: the session has ended when the server is back, and a new one may begin (S1, S4)', async (t) => {
  const { machine, after } = await hostLeavesAndServerDies(t, { dies: 24.5, backAt: 40 });
  machine.untilMinute(40.1);
  t.match(machine.session(), { endReason: 'host-timeout' });
  sameTold(t, after.told, [[40, 'session-ending', 0], [40, 'session-ended', 'host-timeout']]);
  const host = await machine.enter('host', 'ann');
  t.match(host.joined, { type: 'joined', session: { sessionId: String } });
  machine.untilMinute(100);
  sameTold(t, host.told, []);
});

t.test('a host who comes back after it stops the time-out; without one it begins at the start (S2, S4)', async (t) => {
  const { machine, after } = await hostLeavesAndServerDies(t, { dies: 22, backAt: 22.5 });
  const host = await machine.enter('host', 'ann');
  t.equal(machine.session().hostLeftAtMs, null);
  machine.untilMinute(60);
  sameTold(t, host.told, []);
  sameTold(t, after.told, [[22.5, 'session-ending', 150]]);
  machine.kill();
  machine.untilMinute(70);
  machine.start();
  const guest = await machine.enter('participant', 'bob');
  machine.untilMinute(90);
  sameTold(t, guest.told, [[80, 'session-ending', 300], [84, 'session-ending', 60], [85, 'session-ended', 'host-timeout']]);
});

t.test('the maximum length is counted from the first start, over two restarts (S3, S4)', async (t) => {
  const machine = new Machine(t, { maxSessionMs: 120 * MINUTE });
  await machine.enter('host', 'ann');
  for (const [dies, backAt] of [[40, 50], [118, 119]] as const) {
    machine.untilMinute(dies);
    machine.kill();
    machine.untilMinute(backAt);
    machine.start();
    await machine.enter('host', 'ann');
  }
  const host = await machine.enter('host', 'ann');
  machine.untilMinute(130);
  sameTold(t, host.told, [[119, 'session-ending', 60], [120, 'session-ended', 'max-length']]);
  t.match(machine.session(), { endReason: 'max-length', endedAtMinute: 120 });
});

t.test('a maximum length that passed while no server ran has passed (S3, S4)', async (t) => {
  const machine = new Machine(t, { maxSessionMs: 120 * MINUTE });
  await machine.enter('host', 'ann');
  machine.untilMinute(100);
  machine.kill();
  machine.untilMinute(121);
  machine.start();
  machine.untilMinute(121.1);
  t.match(machine.session(), { endReason: 'max-length' });
  t.same(machine.recording.ended, [machine.roomId]);
});
