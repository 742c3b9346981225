import { setTimeout as sleep } from 'node:timers/promises';
import { SERVER_EXTENSION_IDS } from '../src/media/rtp/extensions.js';
import { buildRtp } from '../src/media/rtp/packet.js';
import { member, track, type FakeHub, type FakeRoom } from '../test/recording/doubles.js';
import { camera, voice } from './inputs.js';

const PEOPLE = ['ann', 'bob', 'cem', 'dai', 'eva'];
const TURN_EVERY_MS = 10_000;
const TURN_MS = 4_000;
const OPUS_PACKET_MS = 20;
const FRAME_MS = 1000 / 30;
const MARK_EVERY_MS = 5 * 60_000;
/** The journal's writer drops what comes faster than the disk takes it. */
const REST_EVERY_MS = 5 * 60_000;
const LEVEL = Uint8Array.of(30);

/** Five people who speak in turn, and one of them has a camera at the end. */
export class LongMeeting {
  readonly room: FakeRoom;
  readonly #hub: FakeHub;
  readonly #nowUs: () => number;
  readonly #voice = voice(30).parts;
  readonly #camera = camera('640x360', 300).parts;
  readonly #sequences = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(room: FakeRoom, hub: FakeHub, nowUs: () => number) {
    this.room = room;
    this.#hub = hub;
    this.#nowUs = nowUs;
    for (const name of PEOPLE) {
      room.join(member(name));
      room.publish(track(name, 'microphone', room.roomId));
    }
  }

  /** What was said in `lengthMs`, and the moments that were marked. */
  async fill(lengthMs: number, standAt: (ms: number) => void, mark: (label: string) => void): Promise<void> {
    for (let turn = 0; turn * TURN_EVERY_MS < lengthMs; turn++) {
      const fromMs = turn * TURN_EVERY_MS;
      standAt(fromMs);
      if (fromMs % MARK_EVERY_MS === 0) mark(`Moment ${fromMs / MARK_EVERY_MS}`);
      for (let ms = fromMs; ms < fromMs + TURN_MS; ms += OPUS_PACKET_MS) {
        standAt(ms);
        this.#say(PEOPLE[turn % PEOPLE.length] ?? 'ann', ms);
      }
      if (fromMs % REST_EVERY_MS === 0) await sleep(5);
    }
    standAt(lengthMs);
  }

  /** From now on in real time. */
  goOn(): void {
    this.room.publish(track('ann', 'camera', this.room.roomId));
    let [frames, packets] = [0, 0];
    const startMs = this.#nowUs() / 1000;
    this.#timer = setInterval(() => {
      const ms = this.#nowUs() / 1000 - startMs;
      for (; packets * OPUS_PACKET_MS <= ms; packets++) this.#say('ann', startMs + packets * OPUS_PACKET_MS);
      for (; frames * FRAME_MS <= ms; frames++) this.#show(frames);
    }, 10);
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  #say(name: string, ms: number): void {
    const packet = Math.round(ms / OPUS_PACKET_MS);
    const extensions = [{ id: SERVER_EXTENSION_IDS.audioLevel, data: LEVEL }];
    const header = { marker: false, payloadType: 111, timestamp: (packet * 960) >>> 0, extensions };
    this.#send(`${name}-microphone`, header, this.#voice[packet % this.#voice.length] ?? new Uint8Array());
  }

  #show(frame: number): void {
    const data = this.#camera[frame % this.#camera.length] ?? new Uint8Array();
    for (let at = 0; at < data.length; at += 1180) {
      const piece = data.subarray(at, at + 1180);
      const descriptor = [at === 0 ? 0x90 : 0x80, 0x80, 0x80 | ((frame >> 8) & 0x7f), frame & 0xff];
      const header = { marker: at + 1180 >= data.length, payloadType: 96, timestamp: (frame * 3000) >>> 0, extensions: [] };
      this.#send('ann-camera', header, Buffer.concat([Uint8Array.from(descriptor), piece]));
    }
  }

  #send(trackId: string, header: Omit<Parameters<typeof buildRtp>[0], 'sequence' | 'ssrc'>, payload: Uint8Array): void {
    const sequence = this.#sequences.get(trackId) ?? 65_400;
    this.#sequences.set(trackId, (sequence + 1) & 0xffff);
    const ssrc = [...this.#sequences.keys()].indexOf(trackId) + 1;
    // Nobody records any more once Stop was pressed.
    const open = this.#hub.subscriptions.find((entry) => entry.trackId === trackId && entry.open);
    open?.sink.rtp(buildRtp({ ...header, sequence, ssrc }, payload), this.#nowUs());
  }
}
