import fc from 'fast-check';
import t from 'tap';
import { RtpPacket, SrtpSession, SrtcpSession, ProtectionProfileAeadAes128Gcm, ProtectionProfileAes128CmHmacSha1_80 } from 'werift';
import { buildRtp } from '../../../src/media/rtp/packet.js';
import { writePli } from '../../../src/media/rtp/rtcp.js';
import { deriveSessionKeys, PROFILE_SIZES, type SrtpProfile } from '../../../src/media/transport/srtp-keys.js';
import { estimateIndex, SrtpReceiver, SrtpSender } from '../../../src/media/transport/srtp.js';

const PROFILES: [SrtpProfile, number][] = [
  ['AEAD_AES_128_GCM', ProtectionProfileAeadAes128Gcm],
  ['AES_CM_128_HMAC_SHA1_80', ProtectionProfileAes128CmHmacSha1_80],
];
const master = (profile: SrtpProfile) => ({ key: Buffer.alloc(16, 0x42), salt: Buffer.alloc(PROFILE_SIZES[profile].saltBytes, 0x17) });
const packet = (sequence: number, ssrc = 0xdecafbad): Uint8Array =>
  buildRtp(
    { marker: false, payloadType: 96, sequence: sequence & 0xffff, timestamp: 1, ssrc, extensions: [{ id: 1, data: Buffer.from('0') }] },
    Buffer.from(`packet ${sequence}`),
  );

t.test('keys are derived as in RFC 3711 appendix B.3', async (t) => {
  const keys = deriveSessionKeys(
    'AES_CM_128_HMAC_SHA1_80',
    { key: Buffer.from('E1F97A0D3E018BE0D64FA32C06DE4139', 'hex'), salt: Buffer.from('0EC675AD498AFEEBB6960B3AABE6', 'hex') },
    'rtp',
  );
  t.equal(keys.encryption.toString('hex').toUpperCase(), 'C61E7A93744F39EE10734AFE3FF7A087');
  t.equal(keys.salt.toString('hex').toUpperCase(), '30CBBC08863D8C85D49DB34A9AE1');
  t.equal(keys.authentication.toString('hex').toUpperCase(), 'CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4');
});

for (const [profile, weriftProfile] of PROFILES) {
  const { key, salt } = master(profile);
  const twinKeys = { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt };

  t.test(`${profile}: werift reads what we protect, and we read what werift protects`, async (t) => {
    const twin = { keys: twinKeys, profile: weriftProfile } as ConstructorParameters<typeof SrtpSession>[0];
    const [sender, receiver] = [new SrtpSender(profile, { key, salt }), new SrtpReceiver(profile, { key, salt })];
    const [theirs, theirRtcp] = [new SrtpSession(twin), new SrtcpSession(twin)];
    for (let sequence = 65_500; sequence < 65_600; sequence += 1) {
      const plain = packet(sequence);
      t.same(Buffer.from(theirs.decrypt(sender.protectRtp(plain))), Buffer.from(plain), `out ${sequence}`);
      const parsed = RtpPacket.deSerialize(Buffer.from(packet(sequence, 77)));
      const sealed = theirs.encrypt(parsed.payload, parsed.header);
      t.same(Buffer.from(receiver.unprotectRtp(sealed)!), parsed.serialize(), `in ${sequence}`);
    }
    const pli = writePli(5, 6);
    t.same(Buffer.from(theirRtcp.decrypt(sender.protectRtcp(pli))), Buffer.from(pli));
    t.same(Buffer.from(receiver.unprotectRtcp(theirRtcp.encrypt(Buffer.from(pli)))!), Buffer.from(pli));
  });

  t.test(`${profile}: any order around the wrap is read once, never twice`, async (t) => {
    fc.assert(
      fc.property(fc.integer({ min: 65_400, max: 65_535 }), fc.shuffledSubarray([...Array(60).keys()], { minLength: 40 }), (first, order) => {
        const [sender, receiver] = [new SrtpSender(profile, { key, salt }), new SrtpReceiver(profile, { key, salt })];
        const sealed = [...Array(60).keys()].map((i) => sender.protectRtp(packet(first + i)));
        // The first packet is there; what follows comes in any order within the window.
        return [0, ...order.filter((i) => i > 0)].every((i) => receiver.unprotectRtp(sealed[i]!) !== null && receiver.unprotectRtp(sealed[i]!) === null);
      }),
      { numRuns: 50 },
    );
    t.pass();
  });

  t.test(`${profile}: a changed bit anywhere is refused, and changes nothing`, async (t) => {
    const [sender, receiver] = [new SrtpSender(profile, { key, salt }), new SrtpReceiver(profile, { key, salt })];
    const [rtp, rtcp] = [sender.protectRtp(packet(65_535)), sender.protectRtcp(writePli(5, 6))];
    for (let bit = 0; bit < rtp.length * 8; bit += 1) {
      const changed = Buffer.from(rtp);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      t.equal(receiver.unprotectRtp(changed), null);
    }
    for (let bit = 0; bit < rtcp.length * 8; bit += 1) {
      const changed = Buffer.from(rtcp);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      t.equal(receiver.unprotectRtcp(changed), null);
    }
    t.ok(receiver.unprotectRtp(rtp));
    t.ok(receiver.unprotectRtcp(rtcp));
    t.equal(receiver.unprotectRtcp(rtcp), null, 'not twice');
  });

  t.test(`${profile}: a stream whose first packets were lost around the wrap is read`, async (t) => {
    const [sender, receiver] = [new SrtpSender(profile, { key, salt }), new SrtpReceiver(profile, { key, salt })];
    sender.protectRtp(packet(65_535));
    t.ok(receiver.unprotectRtp(sender.protectRtp(packet(65_536))));
  });
}

t.test('the index is estimated as in RFC 3711 appendix A', async (t) => {
  t.equal(estimateIndex(65_535, 0), 65_536);
  t.equal(estimateIndex(65_536, 65_535), 65_535);
  t.equal(estimateIndex(5 * 65_536 + 10, 65_530), 4 * 65_536 + 65_530);
  t.equal(estimateIndex(5 * 65_536 + 40_000, 100), 6 * 65_536 + 100);
});
