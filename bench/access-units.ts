/** The access units of an H.264 byte stream (ITU-T H.264 annex B) that has a delimiter before each. */
export function accessUnits(stream: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const starts: number[] = [];
  for (let at = bytes.indexOf(DELIMITER); at >= 0; at = bytes.indexOf(DELIMITER, at + 1)) starts.push(at);
  return starts.map((start, index) => Uint8Array.from(bytes.subarray(start, starts[index + 1])));
}

/** NAL unit type 9 behind a start code. */
const DELIMITER = Uint8Array.of(0, 0, 0, 1, 9);
