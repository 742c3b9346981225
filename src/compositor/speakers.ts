import { readAudioLevel, SERVER_EXTENSION_IDS } from '../media/rtp/extensions.js';
import { parseRtp, readExtension } from '../media/rtp/packet.js';

/**
 * Who speaks, and who is the active speaker. Pure: a function of the journal's packets up to a moment.
 *
 * It goes by the level that senders write into each packet (RFC 6464) rather than by the decoded sound: a
 * movie that is resumed passes over what it has without decoding it and must still know who spoke, and the
 * recorder, which decodes nothing, chooses the layers of simulcast by the same rule. Who sends no levels
 * is never the active speaker.
 */

/** RFC 6464 levels count down from full scale; loudness is 127 less the level, so that silence is 0. */
const SILENT_LEVEL = 127;
/** A voice is seldom quieter, a quiet room seldom louder. */
const SPEECH_LOUDNESS = SILENT_LEVEL - 50;
/** Of each packet's loudness so much counts: a syllable shows at once, a pause between words does not. */
const RISE = 0.3;
const FALL = 0.1;
/** The mean that voices are compared by, over some seconds. */
const MEAN = 0.008;
/** Without a packet for so long somebody is silent, whatever was heard last (DTX, loss). */
const NO_PACKETS_US = 200_000;
/** Somebody who pauses no longer than this is still in the same turn. */
const PAUSE_US = 500_000;
/** A turn begins to count: shorter are coughs and clicks. */
const TURN_US = 400_000;
/** Who talks over the active speaker must do so for this long, and be this much louder (dB). */
const INTERRUPTION_US = 2_000_000;
const LOUDER = 6;
/** The active speaker stays it for at least this long. */
const DWELL_US = 1_500_000;
/** Of more speakers the ones before are forgotten. */
const REMEMBERED = 64;

interface Voice {
  loudness: number;
  mean: number;
  /** The turn under way, or the last one. */
  fromUs: number;
  untilUs: number;
  packetUs: number;
}

interface Level {
  track: number;
  memberId: string;
  loudness: number;
  timeUs: number;
}

export class Speakers {
  readonly #voices = new Map<string, Voice>();
  /** Levels that no moment has reached yet. */
  #levels: Level[] = [];
  #recent: string[] = [];
  #changedUs = -Infinity;
  #nowUs = 0;

  /** Takes a packet of a microphone. */
  packet(track: number, memberId: string, data: Uint8Array, timeUs: number): void {
    const header = parseRtp(data);
    const extension = header && readExtension(data, header, SERVER_EXTENSION_IDS.audioLevel);
    const level = extension && readAudioLevel(extension);
    if (level !== null) this.#levels.push({ track, memberId, loudness: SILENT_LEVEL - level, timeUs });
  }

  /** Goes on to the moment `timeUs`. What comes from a track that is not live then counts as silence. */
  advance(timeUs: number, isLive: (track: number) => boolean): void {
    const reached = this.#levels.findIndex((level) => level.timeUs > timeUs);
    for (const level of this.#levels.splice(0, reached < 0 ? this.#levels.length : reached)) {
      this.#hear(level, isLive(level.track));
    }
    this.#nowUs = timeUs;
    for (const voice of this.#voices.values()) {
      if (timeUs - voice.packetUs > NO_PACKETS_US) voice.loudness = 0;
    }
    this.#choose();
  }

  /** The active speaker, and who was it before, newest first. */
  get recent(): readonly string[] {
    return this.#recent;
  }

  /** Whether somebody's turn is under way at the moment last advanced to, or ended less than `pauseUs` before. */
  speaks(memberId: string, pauseUs = PAUSE_US): boolean {
    return this.#turnUs(this.#voices.get(memberId), pauseUs) >= TURN_US;
  }

  /** Turns under way that count, on the clock of the packets. */
  *turns(): Generator<{ memberId: string; fromUs: number; untilUs: number }> {
    for (const [memberId, voice] of this.#voices) {
      if (this.#turnUs(voice) >= TURN_US) yield { memberId, fromUs: voice.fromUs, untilUs: voice.untilUs };
    }
  }

  #hear({ memberId, loudness, timeUs }: Level, live: boolean): void {
    const voice = this.#voices.get(memberId) ?? { loudness: 0, mean: 0, fromUs: 0, untilUs: -Infinity, packetUs: timeUs };
    this.#voices.set(memberId, voice);
    const heard = live ? loudness : 0;
    voice.loudness += (heard - voice.loudness) * (heard > voice.loudness ? RISE : FALL);
    voice.mean += (heard - voice.mean) * MEAN;
    voice.packetUs = timeUs;
    if (voice.loudness < SPEECH_LOUDNESS) return;
    if (timeUs - voice.untilUs > PAUSE_US) voice.fromUs = timeUs;
    voice.untilUs = timeUs;
  }

  /** How long the turn that is under way has been spoken, us; 0 where there is none. */
  #turnUs(voice: Voice | undefined, pauseUs = PAUSE_US): number {
    return voice && this.#nowUs - voice.untilUs <= pauseUs ? voice.untilUs - voice.fromUs : 0;
  }

  #choose(): void {
    const [active] = this.#recent;
    const current = active === undefined ? undefined : this.#voices.get(active);
    const speaking = this.#turnUs(current) > 0;
    if (current && this.#nowUs - this.#changedUs < DWELL_US) return;
    let next: [string, Voice] | null = null;
    for (const [memberId, voice] of this.#voices) {
      if (voice === current || this.#turnUs(voice) < (speaking ? INTERRUPTION_US : TURN_US)) continue;
      if (speaking && current && voice.mean < current.mean + LOUDER) continue;
      if (!next || voice.mean > next[1].mean || (voice.mean === next[1].mean && memberId < next[0])) next = [memberId, voice];
    }
    if (!next) return;
    const [memberId] = next;
    this.#recent = [memberId, ...this.#recent.filter((each) => each !== memberId)].slice(0, REMEMBERED);
    this.#changedUs = this.#nowUs;
  }
}
