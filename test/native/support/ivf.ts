/** The frames of an IVF file: a header of 32 bytes, then for each frame its length (32 bits) and time (64 bits). */
export function ivfFrames(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const frames: Uint8Array[] = [];
  let offset = view.getUint16(6, true);
  while (offset + 12 <= file.byteLength) {
    const length = view.getUint32(offset, true);
    frames.push(new Uint8Array(file.subarray(offset + 12, offset + 12 + length)));
    offset += 12 + length;
  }
  return frames;
}
