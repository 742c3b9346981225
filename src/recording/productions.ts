import { rm } from 'node:fs/promises';
import { findFfmpeg } from '../compositor/encoders/ffmpeg-binary.js';
import type { Clock } from '../core/clock.js';
import type { EncoderName } from '../core/encoder-names.js';
import type { Log } from '../core/log.js';
import type { DataPaths } from '../core/paths.js';
import type { Storage } from '../storage/index.js';
import type { RecordingLedger } from './ledger.js';
import type { Compositor } from './movie-maker.js';
import type { MovieProgress } from './movie-progress.js';
import { partOf, type Part } from './part.js';
import { Production } from './production.js';

export interface ProductionsParts {
  paths: DataPaths;
  storage: Storage;
  pool: Compositor;
  ledger: RecordingLedger;
  clock: Clock;
  log: Log;
  /** As configured; empty: the newest that is found. */
  ffmpegPath: string;
  /** The encoder of a recording that begins now; without it the compositor's own choice. */
  encoder: () => EncoderName | undefined;
  /** x264's. */
  preset: string;
}

interface Running {
  production: Production;
  roomId: string;
  done: Promise<void>;
}

/** How often people hear how far a movie is, ms. */
const TELL_EVERY_MS = 2000;

/** A still of the recorder's picture is shown for so long, ms, however many look at it. */
const STILL_FOR_MS = 3_000;

/** The movies that are being made, by recording: how far they are, and what the recorder sees. */
export class Productions {
  readonly #parts: ProductionsParts;
  readonly #running = new Map<string, Running>();
  /** The last still of each recording that is made. */
  readonly #stills = new Map<string, { askedAtMs: number; there: Promise<boolean> }>();
  #ffmpegFound: Promise<string> | null = null;
  #telling: NodeJS.Timeout | null = null;

  constructor(parts: ProductionsParts) {
    this.#parts = parts;
  }

  /** `live`: the frames that a recording which is being taken up will have; null: it was left by an earlier process. */
  begin(recordingId: string, roomId: string, live: Part | null): void {
    const { paths, storage, pool, ledger, log, ffmpegPath, encoder, preset } = this.#parts;
    const production = new Production(
      {
        paths,
        recordings: storage.recordings,
        ledger,
        compositor: pool,
        ffmpegPath: () => this.#ffmpeg(),
        configuredFfmpegPath: ffmpegPath,
        encoder,
        preset,
        nowMs: () => this.#nowMs(),
        log,
      },
      { recordingId, roomId, part: live ?? this.#partLeft(recordingId), live: live !== null },
    );
    const done = production.run().finally(async () => {
      await this.#stills.get(recordingId)?.there;
      await rm(paths.still(recordingId), { force: true }).catch(() => undefined);
      this.#stills.delete(recordingId);
      this.#running.delete(recordingId);
      if (this.#running.size === 0) this.#stopTelling();
    });
    this.#running.set(recordingId, { production, roomId, done });
    this.#telling ??= setInterval(() => this.#tellProgress(), TELL_EVERY_MS);
  }

  /** The journal has more. Of a movie that is not made, nothing happens. */
  grown(recordingId: string): void {
    this.#running.get(recordingId)?.production.grown();
  }

  /** The journal has all. `cut`: its end is missing. */
  journalEnded(recordingId: string, cut: boolean): void {
    this.#running.get(recordingId)?.production.journalEnded(cut);
  }

  progress(recordingId: string): MovieProgress | null {
    const { ledger } = this.#parts;
    // A part that is only being prepared is nobody's yet.
    if (ledger.state(recordingId) === null) return null;
    return this.#running.get(recordingId)?.production.progress(ledger.recordedMs(recordingId)) ?? null;
  }

  /** The path of a picture of what the recorder sees, at most some seconds old; null: there is none. */
  async still(recordingId: string): Promise<string | null> {
    const production = this.#running.get(recordingId)?.production;
    if (!production) return null;
    const nowMs = this.#nowMs();
    const before = this.#stills.get(recordingId);
    const fresh = before && nowMs - before.askedAtMs < STILL_FOR_MS ? before : { askedAtMs: nowMs, there: production.still() };
    this.#stills.set(recordingId, fresh);
    return (await fresh.there) ? this.#parts.paths.still(recordingId) : null;
  }

  /** Resolves when it has ended. What it had made is there for a later one. */
  async abort(recordingId: string): Promise<void> {
    const running = this.#running.get(recordingId);
    running?.production.abort();
    await running?.done;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((recordingId) => this.abort(recordingId)));
    this.#stopTelling();
  }

  /** A part that has no next one has all that the journal has: the cap was reached, but the server killed before it went on. */
  #partLeft(recordingId: string): Part {
    const { paths, storage } = this.#parts;
    const part = partOf(paths, recordingId);
    return storage.recordings.nextPart(recordingId) ? part : { ...part, toFrame: null };
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicUs() / 1000;
  }

  /** Looking for it starts several processes, so it is found once. */
  #ffmpeg(): Promise<string> {
    this.#ffmpegFound ??= findFfmpeg(this.#parts.ffmpegPath).then(({ path }) => path);
    this.#ffmpegFound.catch(() => (this.#ffmpegFound = null));
    return this.#ffmpegFound;
  }

  #tellProgress(): void {
    for (const [recordingId, { roomId }] of this.#running) {
      const progress = this.progress(recordingId);
      if (progress) this.#parts.ledger.events.emit('progress', { roomId, recordingId, progress });
    }
  }

  #stopTelling(): void {
    if (this.#telling) clearInterval(this.#telling);
    this.#telling = null;
  }
}
