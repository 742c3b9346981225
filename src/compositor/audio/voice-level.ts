import { readAudioLevel, SERVER_EXTENSION_IDS } from '../../media/rtp/extensions.js';
import { parseRtp, readExtension } from '../../media/rtp/packet.js';

/**
 * The gain that brings one person's voice to the loudness of all others. Pure.
 *
 * It goes by the levels that senders write into each packet (RFC 6464), gated as ITU-R BS.1770-4 gates blocks,
 * rather than by the decoded sound: a movie that is resumed, or goes on in another part, passes over what was
 * before without decoding it, and must still have the same gain. Who sends no levels is heard as sent.
 */

/** Middle of what listeners expect of speech, -18 to -14 LUFS. */
const TARGET_LUFS = -16;
/** Speech in both channels is so much louder, LUFS, than its gated level, dBov: 0.2 to 0.6 for four voices. */
const LUFS_OF_LEVEL = 0.5;
const LOWEST_DB = -10;
const HIGHEST_DB = 14;
/** Below this is no speech, however quiet the talker, dBov. */
const ABSOLUTE_GATE = -55;
/** What is quieter than the mean by more than this is a pause, dB. */
const RELATIVE_GATE = 10;
/** Of speech, so many packets of 20 ms count: a minute. Whoever moves away from the microphone is followed. */
const MEMORY_PACKETS = 3_000;
/** Most that the gain moves with one packet of speech, dB: 3 dB/s, too slow for pumping, and for a cough to count. */
const STEP_DB = 0.06;

const LEVELS = 128;

export class VoiceLevel {
  /** How often each level was heard, in parts that fade. Index: -dBov. */
  readonly #heard = new Float64Array(LEVELS);
  #gainDb = 0;

  /** Takes the next packet of the microphone. */
  packet(data: Uint8Array): void {
    const header = parseRtp(data);
    const extension = header && readExtension(data, header, SERVER_EXTENSION_IDS.audioLevel);
    const level = extension && readAudioLevel(extension);
    if (level !== null) this.hear(-level);
  }

  /** Takes the level of 20 ms, dBov: -127 to 0. */
  hear(level: number): void {
    if (level < ABSOLUTE_GATE) return;
    const gate = this.#meanOf(ABSOLUTE_GATE) - RELATIVE_GATE;
    const isSpeech = level >= gate;
    if (isSpeech) for (let at = 0; at < LEVELS; at++) this.#heard[at] = (this.#heard[at] as number) * (1 - 1 / MEMORY_PACKETS);
    // A noise that goes on for hours counts no more than a minute of it.
    this.#heard[-level] = Math.min(MEMORY_PACKETS, (this.#heard[-level] as number) + 1);
    if (!isSpeech) return;
    const speech = this.#meanOf(this.#meanOf(ABSOLUTE_GATE) - RELATIVE_GATE) + LUFS_OF_LEVEL;
    const wanted = Math.max(LOWEST_DB, Math.min(HIGHEST_DB, TARGET_LUFS - speech));
    this.#gainDb += Math.max(-STEP_DB, Math.min(STEP_DB, wanted - this.#gainDb));
  }

  /** What samples are multiplied by. Stays as it is in pauses. */
  get gain(): number {
    return 10 ** (this.#gainDb / 20);
  }

  /** Mean of the power of what was at or above a level, dBov. */
  #meanOf(gate: number): number {
    let [power, count] = [0, 0];
    const quietest = Math.min(LEVELS - 1, Math.floor(-gate));
    for (let at = 0; at <= quietest; at++) {
      power += (this.#heard[at] as number) * (POWER[at] as number);
      count += this.#heard[at] as number;
    }
    return count > 0 ? 10 * Math.log10(power / count) : ABSOLUTE_GATE;
  }
}

const POWER = Float64Array.from({ length: LEVELS }, (_, at) => 10 ** (-at / 10));
