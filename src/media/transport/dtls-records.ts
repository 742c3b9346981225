import { readU16, readU24, writeU16, writeU24 } from '../rtp/bytes.js';

/**
 * Stands in front of werift's DTLS: takes datagrams apart into records, puts fragmented handshake
 * messages together (RFC 6347 section 4.2.3; ClientHellos with post-quantum key shares need it) and hands
 * on one whole, well-formed message per record, in order. Bounded, and pure.
 */

/** Longest handshake message that is put together; Chromium's ClientHello is about 1,700 bytes. */
const MAX_MESSAGE_BYTES = 8_192;
const MAX_RECORDS = 16;
/** Messages that may wait for an earlier one. */
const MAX_AHEAD = 6;
const RECORD_HEADER_BYTES = 13;
const HANDSHAKE_HEADER_BYTES = 12;

const ALERT = 21;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;

interface Partial {
  type: number;
  body: Uint8Array;
  /** Bytes that came, by position; counted so that overlap is not counted twice. */
  have: Uint8Array;
  left: number;
}

export class DtlsRecords {
  /** The handshake message that is handed on next, by `message_seq`. */
  #next = 0;
  readonly #partials = new Map<number, Partial>();

  /** Records for werift out of one datagram; empty where nothing is complete or all of it is malformed. */
  accept(datagram: Uint8Array): Buffer[] {
    const out: Buffer[] = [];
    let at = 0;
    for (let count = 0; count < MAX_RECORDS && at + RECORD_HEADER_BYTES <= datagram.length; count += 1) {
      const end = at + RECORD_HEADER_BYTES + readU16(datagram, at + 11);
      if (end > datagram.length || datagram[at + 1] !== 0xfe) return out;
      const record = datagram.subarray(at, end);
      const encrypted = readU16(record, 3) > 0;
      const type = record[0]!;
      // What is not encrypted is not authenticated: plain alerts say nothing that a time-out does not.
      if (type === HANDSHAKE && !encrypted) this.#handshake(record, out);
      else if (encrypted && (type === HANDSHAKE || type === ALERT) && record.length >= RECORD_HEADER_BYTES + 24) {
        out.push(Buffer.from(record));
      }
      at = end;
    }
    return out;
  }

  #handshake(record: Uint8Array, out: Buffer[]): void {
    let at = RECORD_HEADER_BYTES;
    while (at + HANDSHAKE_HEADER_BYTES <= record.length) {
      const fragmentBytes = readU24(record, at + 9);
      const end = at + HANDSHAKE_HEADER_BYTES + fragmentBytes;
      if (end > record.length) return;
      this.#fragment(record.subarray(at, end), out);
      at = end;
    }
  }

  #fragment(fragment: Uint8Array, out: Buffer[]): void {
    const type = fragment[0]!;
    const length = readU24(fragment, 1);
    const sequence = readU16(fragment, 4);
    const offset = readU24(fragment, 6);
    const bytes = fragment.length - HANDSHAKE_HEADER_BYTES;
    if (length > MAX_MESSAGE_BYTES || offset + bytes > length || sequence > this.#next + MAX_AHEAD) return;
    // A repeated ClientHello asks for the server's flight again; other repetitions have nothing to say.
    const again = type === CLIENT_HELLO && sequence === this.#next - 1;
    if (sequence < this.#next && !again) return;
    let partial = this.#partials.get(sequence);
    if (partial === undefined || partial.type !== type || partial.body.length !== length) {
      partial = { type, body: new Uint8Array(length), have: new Uint8Array(length), left: length };
      this.#partials.set(sequence, partial);
    }
    for (let i = 0; i < bytes; i += 1) {
      if (partial.have[offset + i] === 0) {
        partial.have[offset + i] = 1;
        partial.left -= 1;
      }
      partial.body[offset + i] = fragment[HANDSHAKE_HEADER_BYTES + i]!;
    }
    if (partial.left > 0) return;
    if (again) {
      this.#partials.delete(sequence);
      out.push(wholeRecord(sequence, partial));
      return;
    }
    for (let whole = this.#partials.get(this.#next); whole !== undefined && whole.left === 0; whole = this.#partials.get(this.#next)) {
      out.push(wholeRecord(this.#next, whole));
      this.#partials.delete(this.#next);
      this.#next += 1;
    }
  }
}

/** A record of epoch 0 that holds one unfragmented handshake message. */
function wholeRecord(sequence: number, message: Partial): Buffer {
  const record = Buffer.alloc(RECORD_HEADER_BYTES + HANDSHAKE_HEADER_BYTES + message.body.length);
  record[0] = HANDSHAKE;
  record[1] = 0xfe;
  record[2] = 0xfd;
  writeU16(record, 11, HANDSHAKE_HEADER_BYTES + message.body.length);
  const at = RECORD_HEADER_BYTES;
  record[at] = message.type;
  writeU24(record, at + 1, message.body.length);
  writeU16(record, at + 4, sequence);
  writeU24(record, at + 9, message.body.length);
  record.set(message.body, at + HANDSHAKE_HEADER_BYTES);
  return record;
}
