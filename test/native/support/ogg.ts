/** The packets of an Ogg file with one logical stream (RFC 3533 section 6), its header packets included. */
export function oggPackets(file: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  let offset = 0;
  while (offset + 27 <= file.byteLength) {
    const segments = file[offset + 26] ?? 0;
    let data = offset + 27 + segments;
    for (let segment = 0; segment < segments; segment++) {
      const length = file[offset + 27 + segment] ?? 0;
      parts.push(file.subarray(data, data + length));
      data += length;
      // A lacing value of 255 says that the packet goes on.
      if (length === 255) continue;
      packets.push(Uint8Array.from(Buffer.concat(parts)));
      parts = [];
    }
    offset = data;
  }
  return packets;
}

/** The Opus packets of an Ogg Opus file (RFC 7845): all but its two header packets. */
export function oggOpusPackets(file: Uint8Array): Uint8Array[] {
  return oggPackets(file).slice(2);
}
