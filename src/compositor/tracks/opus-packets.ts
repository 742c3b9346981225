/** Opus packets as they stand (RFC 6716 section 3). Pure. */

const SAMPLES_PER_MS = 48;
/** Frames last a multiple of 2.5 ms. */
export const OPUS_UNIT_SAMPLES = 120;

/** Samples per channel at 48 kHz; null where it is no packet. */
export function opusSamples(packet: Uint8Array): number | null {
  const toc = packet[0];
  if (toc === undefined) return null;
  const config = toc >> 3;
  const code = toc & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 0x3f;
  const samples = frames * frameMs(config) * SAMPLES_PER_MS;
  return samples === 0 || samples > 120 * SAMPLES_PER_MS ? null : samples;
}

function frameMs(config: number): number {
  if (config < 12) return [10, 20, 40, 60][config & 3] as number;
  if (config < 16) return [10, 20][config & 1] as number;
  return [2.5, 5, 10, 20][config & 3] as number;
}

export interface OpusPiece {
  data: Uint8Array;
  samples: number;
}

/** Stereo CELT frames of silence: 20, 10, 5 and 2.5 ms. */
const SILENCES: readonly OpusPiece[] = [31, 30, 29, 28].map((config) => ({
  data: Uint8Array.of((config << 3) | 4, 0xff, 0xfe),
  samples: frameMs(config) * SAMPLES_PER_MS,
}));

/** Packets of silence for so many samples, rounded down to 2.5 ms. */
export function* silence(samples: number): Generator<OpusPiece> {
  for (let left = samples; left >= OPUS_UNIT_SAMPLES; ) {
    const piece = SILENCES.find((each) => each.samples <= left) as OpusPiece;
    yield piece;
    left -= piece.samples;
  }
}

/**
 * Packets in the place of lost ones, of `samples` in all: of the form of `like` and without contents, at which a
 * decoder makes up what is missing (section 4.4). Null where no number of such packets lasts as long.
 */
export function lostPackets(like: Uint8Array, samples: number): OpusPiece[] | null {
  const toc = (like[0] ?? 0) & 0xfc;
  const each = frameMs(toc >> 3) * SAMPLES_PER_MS;
  const count = Math.round(samples / each);
  if (count === 0 || Math.abs(count * each - samples) > OPUS_UNIT_SAMPLES) return null;
  return Array.from({ length: count }, () => ({ data: Uint8Array.of(toc), samples: each }));
}
