import t from 'tap';
import { CODECS, agreeCodec } from '../../src/media/sdp/codecs.js';
import { parseSdp, type SdpSection } from '../../src/media/sdp/parse.js';
import { SAMPLE_OFFER } from './support/sample-offer.js';

/** The video section of an offer with these formats, in their order. */
function offering(formats: [name: string, fmtp: string][]): SdpSection {
  const section = parseSdp(SAMPLE_OFFER).sections[1]!;
  return { ...section, codecs: formats.map(([name, fmtp], index) => ({ payloadType: 35 + index, name, clockRateHz: 90_000, channels: 1, fmtp, feedback: [] })) };
}

t.test('the first format that the server knows is taken, so a sender chooses', async (t) => {
  const chosen = (...formats: [string, string][]): string | null => {
    const agreed = agreeCodec(offering(formats));
    return agreed && `${agreed.row.name} ${agreed.row.fmtp}`.trim();
  };
  t.equal(chosen(['VP8', ''], ['H264', 'packetization-mode=1;profile-level-id=42e01f']), 'VP8');
  t.equal(chosen(['H265', ''], ['H264', 'profile-level-id=42E01F;packetization-mode=1'], ['VP8', '']), 'H264 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034');
  t.equal(chosen(['H265', ''], ['red', '']), null);
});

t.test('profiles of H.264 are told apart as RFC 6184 table 5 has it', async (t) => {
  const of = (level: string): string | undefined => agreeCodec(offering([['H264', `packetization-mode=1;profile-level-id=${level}`]]))?.row.fmtp.slice(-6, -2);
  for (const [id, levels] of Object.entries({
    '42e0': ['42e01f', '42c00d', '4d801e', '58c01e', '42f00a'],
    '4200': ['42001f', '42800a', '58801e'],
    '4d00': ['4d001f', '4d400a'],
    '6400': ['64001f', '640034'],
    '640c': ['640c1f'],
  })) {
    for (const level of levels) t.equal(of(level), id, level);
  }
  for (const level of ['f4001f', '7a001f', '64101f', 'zz001f', '42e0']) t.equal(of(level), undefined, level);
  const mode = (fmtp: string): string | undefined => agreeCodec(offering([['H264', fmtp]]))?.row.fmtp;
  t.match(mode(''), /mode=0;profile-level-id=420034/, 'without parameters Baseline, mode 0');
  t.equal(mode('packetization-mode=2;profile-level-id=42e01f'), undefined, 'the interleaved mode');
});

t.test('no two formats share a payload type, and all are free for use (RFC 5761 section 4)', async (t) => {
  const types = CODECS.flatMap(({ payloadType, rtxPayloadType }) => [payloadType, rtxPayloadType].filter((type) => type !== null));
  t.equal(new Set(types).size, types.length);
  t.ok(types.every((type) => type >= 96 && type <= 127));
});
