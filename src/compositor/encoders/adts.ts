/**
 * Cuts an ADTS stream (ISO/IEC 13818-7 section 6.2) from our own encoder into raw AAC frames. Throws an
 * `Error` where the stream is not ADTS, which the encoder's owner reports as `encoder_failed`.
 */
export class AdtsSplitter {
  readonly #onFrame: (frame: Uint8Array) => void;
  #pending: Buffer = Buffer.alloc(0);

  constructor(onFrame: (frame: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    const data = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
    let at = 0;
    while (data.length - at >= 7) {
      if (data[at] !== 0xff || ((data[at + 1] ?? 0) & 0xf6) !== 0xf0) throw new Error('the audio encoder wrote no ADTS');
      const headerBytes = ((data[at + 1] ?? 0) & 1) === 1 ? 7 : 9;
      const frameBytes = (data.readUInt32BE(at + 3) >> 13) & 0x1fff;
      if (frameBytes <= headerBytes) throw new Error('the audio encoder wrote an empty frame');
      if (data.length - at < frameBytes) break;
      this.#onFrame(data.subarray(at + headerBytes, at + frameBytes));
      at += frameBytes;
    }
    this.#pending = data.subarray(at);
  }
}
