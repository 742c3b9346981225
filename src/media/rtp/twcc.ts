import { writeU16, writeU24 } from './bytes.js';
import { feedback } from './rtcp.js';
import { SequenceUnwrapper } from './sequence.js';

/**
 * Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01):
 * notes when each numbered packet of a publisher came in, and reports it so that the publisher's
 * bandwidth estimate can grow.
 */
const DELTA_US = 250;
const REFERENCE_US = 64_000;
/** Packets that one report covers at most; with two-byte deltas that stays below an MTU. */
const MAX_STATUSES = 400;
/** Packets that are remembered between two reports. */
const MAX_PENDING = 2_000;

export class TwccRecorder {
  readonly #unwrapper = new SequenceUnwrapper();
  readonly #arrivals = new Map<number, number>();
  /** First sequence number, extended, of the next report. */
  #base: number | null = null;
  #reports = 0;

  /** Notes a packet; `sequence` is the transport-wide 16-bit number of its extension. */
  record(sequence: number, arrivalUs: number): void {
    const extended = this.#unwrapper.unwrap(sequence);
    // A number that was reported already is late; the draft lets the next report begin at it again.
    if (this.#base === null || extended < this.#base) {
      if (this.#base !== null && this.#base - extended > MAX_STATUSES) return;
      this.#base = extended;
    }
    if (this.#arrivals.size < MAX_PENDING) this.#arrivals.set(extended, arrivalUs);
  }

  /** Feedback of all that came in since the last call, as RTCP packets. */
  reports(senderSsrc: number, mediaSsrc: number): Uint8Array[] {
    const packets: Uint8Array[] = [];
    while (this.#arrivals.size > 0) packets.push(this.#report(senderSsrc, mediaSsrc));
    return packets;
  }

  #report(senderSsrc: number, mediaSsrc: number): Uint8Array {
    const pending = [...this.#arrivals.keys()].sort((a, b) => a - b);
    const first = pending[0]!;
    // After a long gap the packets before it are reported as lost only as far as one report reaches.
    const base = Math.max(this.#base ?? first, first - MAX_STATUSES + 1);
    const last = Math.min(pending.at(-1)!, base + MAX_STATUSES - 1);
    const referenceTime = Math.floor(this.#arrivals.get(first)! / REFERENCE_US);
    let previousUs = referenceTime * REFERENCE_US;
    const symbols: number[] = [];
    const deltas: number[] = [];
    let end = base;
    for (let sequence = base; sequence <= last; sequence += 1) {
      const arrivalUs = this.#arrivals.get(sequence);
      if (arrivalUs === undefined) {
        symbols.push(0);
      } else {
        const delta = Math.round((arrivalUs - previousUs) / DELTA_US);
        // A delta that does not fit two bytes starts the next report, with its own reference time.
        if (delta < -0x8000 || delta > 0x7fff) break;
        previousUs += delta * DELTA_US;
        symbols.push(delta >= 0 && delta <= 0xff ? 1 : 2);
        deltas.push(delta);
        this.#arrivals.delete(sequence);
      }
      end = sequence + 1;
    }
    this.#base = end;
    return encode({ senderSsrc, mediaSsrc, base, referenceTime, count: this.#reports++ & 0xff, symbols, deltas });
  }
}

interface Feedback {
  senderSsrc: number;
  mediaSsrc: number;
  base: number;
  referenceTime: number;
  count: number;
  /** Per packet: 0 not received, 1 one-byte delta, 2 two-byte delta. */
  symbols: number[];
  deltas: number[];
}

function encode(report: Feedback): Uint8Array {
  const chunks = statusChunks(report.symbols);
  const deltaBytes = report.deltas.reduce((sum, delta) => sum + (delta >= 0 && delta <= 0xff ? 1 : 2), 0);
  const bytes = 20 + chunks.length * 2 + deltaBytes;
  const padding = (4 - (bytes % 4)) % 4;
  const out = feedback(205, 15, bytes + padding, report.senderSsrc, report.mediaSsrc);
  writeU16(out, 12, report.base & 0xffff);
  writeU16(out, 14, report.symbols.length);
  writeU24(out, 16, report.referenceTime & 0xffffff);
  out[19] = report.count;
  let at = 20;
  for (const chunk of chunks) {
    writeU16(out, at, chunk);
    at += 2;
  }
  for (const delta of report.deltas) {
    if (delta >= 0 && delta <= 0xff) {
      out[at++] = delta;
    } else {
      writeU16(out, at, delta & 0xffff);
      at += 2;
    }
  }
  if (padding > 0) {
    out[0] = out[0]! | 0x20;
    out[out.length - 1] = padding;
  }
  return out;
}

/** Section 3.1.3 and 3.1.4: runs of one symbol, else vectors of seven two-bit symbols. */
function statusChunks(symbols: readonly number[]): number[] {
  const chunks: number[] = [];
  let at = 0;
  while (at < symbols.length) {
    const symbol = symbols[at]!;
    let run = 1;
    while (at + run < symbols.length && symbols[at + run] === symbol && run < 0x1fff) run += 1;
    if (run >= 7 || at + run === symbols.length) {
      chunks.push((symbol << 13) | run);
      at += run;
      continue;
    }
    let chunk = 0xc000;
    for (let i = 0; i < 7; i += 1) chunk |= (symbols[at + i] ?? 0) << (12 - 2 * i);
    chunks.push(chunk);
    at += 7;
  }
  return chunks;
}
