import { AppError } from '../../../src/core/errors.js';
import { Events } from '../../../src/core/events.js';
import type { TrackSource } from '../../../src/core/media.js';
import { activeEncodings, cameraEncodings, preferVp8, screenEncodings, type CaptureSize } from './layers.js';
import type { MediaTrack, PeerConnection, Platform, Transceiver } from './rtc.js';
import type { Requests } from './socket.js';

/** What one source is to send. */
export interface LocalSource {
  /** Null keeps a muted source published without its device. */
  track: MediaTrack | null;
  muted: boolean;
  /** Video only: size of the captured picture. */
  size: CaptureSize | null;
}

export type LocalSources = ReadonlyMap<TrackSource, LocalSource>;

export interface PublisherEvents {
  /** The server refused what was to be published. */
  refused: AppError;
}

interface Slot {
  transceiver: Transceiver;
  track: MediaTrack | null;
  size: CaptureSize | null;
  /** Listed in the last offer that the server answered. */
  published: boolean;
  /** What the server was told last. */
  mutedAtServer: boolean;
}

/**
 * The sending peer connection. `publish` says what is to be sent; one loop brings the connection there,
 * however often that changes meanwhile, so that offers and answers never overlap.
 */
export class Publisher {
  readonly events = new Events<PublisherEvents>();
  readonly #platform: Platform;
  readonly connection: PeerConnection;
  readonly #requests: Requests;
  readonly #slots = new Map<TrackSource, Slot>();
  #wanted: LocalSources = new Map();
  readonly #wantedHeightPx = new Map<TrackSource, number>();
  #running: Promise<void> | null = null;
  #dirty = false;
  /** The next offer begins with new ICE credentials. */
  #restartDue = false;
  #closed = false;

  constructor(platform: Platform, requests: Requests) {
    this.#platform = platform;
    this.#requests = requests;
    this.connection = platform.createPeerConnection();
  }

  /** Resolves when the server knows what is sent now. Refusals come as events. */
  publish(sources: LocalSources): Promise<void> {
    this.#wanted = new Map(sources);
    return this.#update();
  }

  /** The largest height that anybody wants of a source: larger layers are not encoded. */
  setWantedHeight(source: TrackSource, heightPx: number): Promise<void> {
    this.#wantedHeightPx.set(source, heightPx);
    return this.#update();
  }

  /** Restarts ICE, where anything was published: streams go on, on another way. */
  restart(): Promise<void> {
    this.#restartDue = this.#slots.size > 0;
    return this.#update();
  }

  /** Twice is fine. Tracks stay their owner's. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.events.removeAll();
    this.connection.close();
  }

  #update(): Promise<void> {
    this.#dirty = true;
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    while (this.#dirty && !this.#closed) {
      this.#dirty = false;
      const wanted = this.#wanted;
      try {
        const changed = await this.#updateSlots(wanted);
        if (changed || this.#restartDue) await this.#negotiate(wanted);
        await this.#tellMutes(wanted);
        for (const [source, slot] of this.#slots) await this.#applyWantedHeight(source, slot);
      } catch (error) {
        if (this.#closed) return;
        this.events.emit('refused', error instanceof AppError ? error : new AppError('publish_failed', String(error)));
      }
    }
    // In one turn with the last look at `#dirty`: a change between the two would never be sent.
    this.#running = null;
  }

  /** Puts tracks onto senders. True if the server has to be told by an offer. */
  async #updateSlots(wanted: LocalSources): Promise<boolean> {
    let changed = false;
    for (const [source, local] of wanted) {
      const slot = this.#slots.get(source);
      if (!slot) {
        if (!local.track) continue;
        this.#slots.set(source, this.#open(source, local.track, local.size));
        changed = true;
        continue;
      }
      if (slot.track !== local.track) {
        await slot.transceiver.sender.replaceTrack(local.track);
        slot.track = local.track;
        slot.size = local.size ?? slot.size;
      }
      if (!slot.published) changed = true;
    }
    for (const [source, slot] of this.#slots) {
      if (wanted.has(source)) continue;
      if (slot.track) await slot.transceiver.sender.replaceTrack(null);
      slot.track = null;
      if (slot.published) changed = true;
    }
    return changed;
  }

  #open(source: TrackSource, track: MediaTrack, size: CaptureSize | null): Slot {
    const transceiver = this.connection.addTransceiver(track, {
      direction: 'sendonly',
      ...(source === 'camera' && { sendEncodings: cameraEncodings(size ?? { widthPx: 1280, heightPx: 720 }) }),
      ...(source === 'screen' && { sendEncodings: screenEncodings() }),
    });
    if (source === 'camera' || source === 'screen') {
      const codecs = preferVp8(this.#platform.videoCodecs());
      if (codecs.length > 0) transceiver.setCodecPreferences?.(codecs);
    }
    return { transceiver, track, size, published: false, mutedAtServer: false };
  }

  async #negotiate(wanted: LocalSources): Promise<void> {
    for (const [source, slot] of this.#slots) {
      slot.transceiver.direction = wanted.has(source) ? 'sendonly' : 'inactive';
    }
    const iceRestart = this.#restartDue;
    this.#restartDue = false;
    const offer = await (iceRestart ? this.connection.createOffer({ iceRestart }) : this.connection.createOffer());
    const sdp = offer.sdp ?? '';
    await this.connection.setLocalDescription({ type: 'offer', sdp });
    const listed = [...this.#slots].filter(([source]) => wanted.has(source));
    const sections = listed.flatMap(([source, { transceiver }]) =>
      transceiver.mid === null ? [] : [{ mid: transceiver.mid, source }],
    );
    try {
      const answer = await this.#requests.request({ type: 'publish', offer: sdp, sections });
      if (answer.type !== 'published') throw new AppError('answer_unexpected', 'The server gave another answer.');
      await this.connection.setRemoteDescription({ type: 'answer', sdp: answer.answer });
    } catch (error) {
      this.#restartDue ||= iceRestart;
      if (!this.#closed) await this.connection.setLocalDescription({ type: 'rollback' });
      throw error;
    }
    for (const [source, slot] of this.#slots) {
      const published = wanted.has(source);
      if (!slot.published && published) slot.mutedAtServer = false;
      slot.published = published;
    }
  }

  async #tellMutes(wanted: LocalSources): Promise<void> {
    for (const [source, { muted }] of wanted) {
      const slot = this.#slots.get(source);
      if (!slot?.published || slot.mutedAtServer === muted) continue;
      await this.#requests.request({ type: 'mute', source, muted });
      slot.mutedAtServer = muted;
    }
  }

  async #applyWantedHeight(source: TrackSource, slot: Slot): Promise<void> {
    const wantedHeightPx = this.#wantedHeightPx.get(source);
    if (wantedHeightPx === undefined || slot.size === null || !slot.published || this.#closed) return;
    const parameters = slot.transceiver.sender.getParameters();
    if (parameters.encodings.length < 2) return;
    const active = activeEncodings(parameters.encodings, slot.size.heightPx, wantedHeightPx);
    if (parameters.encodings.every((encoding, index) => (encoding.active ?? true) === active[index])) return;
    parameters.encodings.forEach((encoding, index) => {
      encoding.active = active[index] ?? true;
    });
    // It saves encoding and nothing more: where a platform cannot (@roamhq/wrtc), all layers are sent on.
    await slot.transceiver.sender.setParameters(parameters).catch(() => undefined);
  }
}
