import { createHash, createHmac, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import { DtlsServer, ProtectionProfileAeadAes128Gcm, ProtectionProfileAes128CmHmacSha1_80 } from 'werift';
import type { DtlsCertificate } from './certificate.js';
import { SIGNATURE_HASH } from './certificate.js';
import { DtlsRecords } from './dtls-records.js';
import { PROFILE_SIZES, type MasterKeys, type SrtpProfile } from './srtp-keys.js';

/** What a handshake leads to. */
export interface DtlsKeys {
  profile: SrtpProfile;
  local: MasterKeys;
  remote: MasterKeys;
}

export interface DtlsEvents {
  send(datagram: Uint8Array): void;
  /** Once, when the handshake is done and the peer has proved that it owns the certificate of its SDP. */
  connected(keys: DtlsKeys): void;
  /** Once; `closed` is the peer's close_notify. */
  ended(reason: string): void;
}

/**
 * The server's side of one DTLS 1.2 association (RFC 5764), werift's `DtlsServer` over a transport
 * that is only two functions. werift does not check the client's Finished message and the signature in
 * its CertificateVerify; both are checked here, else anybody on the path could take the client's place.
 */
export class DtlsAssociation {
  readonly #server: DtlsServer;
  readonly #records = new DtlsRecords();
  readonly #events: DtlsEvents;
  readonly #fingerprint: string;
  #state: 'handshake' | 'connected' | 'ended' = 'handshake';

  /** `remoteFingerprint`: SHA-256 of the peer's certificate as in its SDP, upper case. */
  constructor(certificate: DtlsCertificate, remoteFingerprint: string, events: DtlsEvents) {
    this.#events = events;
    this.#fingerprint = remoteFingerprint;
    this.#server = new DtlsServer({
      cert: certificate.certPem,
      key: certificate.keyPem,
      signatureHash: SIGNATURE_HASH,
      srtpProfiles: [ProtectionProfileAeadAes128Gcm, ProtectionProfileAes128CmHmacSha1_80],
      certificateRequest: true,
      extendedMasterSecret: true,
      transport: {
        type: 'udp',
        address: { address: '127.0.0.1', family: 'IPv4', port: 0 },
        closed: false,
        onData: () => {},
        send: (data: Buffer) => {
          if (this.#state !== 'ended') events.send(data);
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      },
    });
    this.#server.onConnect.subscribe(() => this.#finish());
    this.#server.onError.subscribe((error: Error) => {
      if (this.#state === 'handshake') this.#end(`handshake failed: ${String(error)}`);
    });
    this.#server.onClose.subscribe(() => {
      if (this.#state === 'connected') this.#end('closed');
    });
  }

  get connected(): boolean {
    return this.#state === 'connected';
  }

  receive(datagram: Uint8Array): void {
    if (this.#state === 'ended') return;
    for (const record of this.#records.accept(datagram)) {
      try {
        this.#server.transport.socket.onData(record, ['127.0.0.1', 0]);
      } catch {
        // werift throws on some malformed messages; such a record changes nothing.
      }
    }
  }

  close(): void {
    this.#state = 'ended';
    // Ends werift's retransmission of its last flight at its next timer.
    this.#server.dtls.flight = 6;
  }

  #finish(): void {
    if (this.#state !== 'handshake') return;
    const problem = this.#unproved();
    if (problem !== null) {
      this.#end(problem);
      return;
    }
    const profile = this.#server.srtp.srtpProfile === ProtectionProfileAeadAes128Gcm ? 'AEAD_AES_128_GCM' : 'AES_CM_128_HMAC_SHA1_80';
    if (this.#server.srtp.srtpProfile === undefined) {
      this.#end('no common SRTP profile');
      return;
    }
    const { keyBytes, saltBytes } = PROFILE_SIZES[profile];
    const keys = this.#server.extractSessionKeys(keyBytes, saltBytes);
    this.#state = 'connected';
    this.#events.connected({
      profile,
      local: { key: keys.localKey, salt: keys.localSalt },
      remote: { key: keys.remoteKey, salt: keys.remoteSalt },
    });
  }

  /** What is missing of the peer's proof, or null. */
  #unproved(): string | null {
    const raw = this.#server.remoteCertificate;
    if (raw === undefined) return 'no client certificate';
    const certificate = new X509Certificate(raw);
    if (certificate.fingerprint256 !== this.#fingerprint) return 'certificate does not match the fingerprint';
    const messages = this.#server.dtls.sortedHandshakeCache;
    const until = (type: number): Buffer | null => {
      const index = messages.findIndex((message) => message.msg_type === type);
      return index < 0 ? null : Buffer.concat(messages.slice(0, index).map((message) => message.serialize()));
    };
    const signed = until(15);
    const proof = messages.find((message) => message.msg_type === 15)?.fragment;
    if (signed === null || proof === undefined || proof.length < 4 || !verifySignature(certificate, signed, proof)) {
      return 'certificate is not proved';
    }
    const finished = messages.find((message) => message.msg_type === 20)?.fragment;
    const before = until(20);
    const master = this.#server.cipher.masterSecret;
    if (finished === undefined || before === null || !sameBytes(finished, clientVerifyData(master, before))) {
      return 'finished message does not match';
    }
    return null;
  }

  #end(reason: string): void {
    this.close();
    this.#events.ended(reason);
  }
}

/** RFC 5246 section 7.4.8: hash, signature algorithm, length, signature. */
function verifySignature(certificate: X509Certificate, signed: Buffer, proof: Buffer): boolean {
  const hash = { 4: 'sha256', 5: 'sha384', 6: 'sha512' }[proof[0]!];
  const length = proof.readUInt16BE(2);
  if (hash === undefined || 4 + length !== proof.length) return false;
  return verify(hash, signed, certificate.publicKey, proof.subarray(4));
}

/** RFC 5246 section 7.4.9 with the PRF of section 5 on SHA-256. */
function clientVerifyData(master: Buffer, messages: Buffer): Buffer {
  const seed = Buffer.concat([Buffer.from('client finished'), createHash('sha256').update(messages).digest()]);
  const first = createHmac('sha256', master).update(seed).digest();
  return createHmac('sha256', master).update(first).update(seed).digest().subarray(0, 12);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
