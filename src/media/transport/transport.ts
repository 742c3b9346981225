import { randomBytes } from 'node:crypto';
import { CONSENT_TIMEOUT_US, HANDSHAKE_TIMEOUT_US, LIMITS, SILENCE_TIMEOUT_US } from '../limits.js';
import type { DtlsCertificate } from './certificate.js';
import { DtlsAssociation } from './dtls.js';
import { SrtpReceiver, SrtpSender } from './srtp.js';
import { bindingSuccess, verifyIntegrity, type BindingRequest } from './stun.js';
import type { MediaPort, RemoteAddress } from './port.js';

/** ICE credentials and DTLS fingerprint of one side, as SDP carries them. */
export interface TransportParameters {
  fragment: string;
  password: string;
  fingerprint: string;
}

export interface TransportEvents {
  connected(): void;
  /** The peer is reached on a new way: after an ICE restart, or where its consent had run out. */
  moved(): void;
  /** Once: long silence, DTLS failure or the peer's close. */
  failed(reason: string): void;
  rtp(packet: Uint8Array, arrivalUs: number): void;
  rtcp(packet: Uint8Array, arrivalUs: number): void;
}

/**
 * One bundled transport of a browser's peer connection: ICE-lite (RFC 8445 section 2.5), DTLS and SRTP
 * on the server's one port. Datagrams reach it only from addresses that its password nominated.
 * DTLS and SRTP live on when the way changes: by ICE's own checks, or by an ICE restart (`restart`).
 */
export class PeerTransport {
  readonly #port: MediaPort;
  readonly #certificate: DtlsCertificate;
  readonly #events: TransportEvents;
  readonly #addresses: RemoteAddress[] = [];
  #local: TransportParameters;
  /** Until the peer is there with the new ones of a restart. */
  #former: TransportParameters | null = null;
  #selected: RemoteAddress | null = null;
  #remoteFingerprint: string | null = null;
  #dtls: DtlsAssociation | null = null;
  #receiver: SrtpReceiver | null = null;
  #sender: SrtpSender | null = null;
  /** Null before the first check. */
  #consentUs: number | null = null;
  #dtlsStartedUs = 0;
  #closed = false;

  constructor(port: MediaPort, certificate: DtlsCertificate, events: TransportEvents) {
    this.#port = port;
    this.#certificate = certificate;
    this.#events = events;
    this.#local = newParameters(certificate);
    port.register(this.#local.fragment, this);
  }

  get local(): TransportParameters {
    return this.#local;
  }

  /** Whether what is sent now has somebody to go to. */
  get reachable(): boolean {
    return this.#selected !== null;
  }

  get connected(): boolean {
    return this.#sender !== null && !this.#closed;
  }

  get handshaking(): boolean {
    return this.#dtls !== null && !this.#dtls.connected;
  }

  /** SHA-256 fingerprint of the peer's SDP; the handshake waits for it. */
  setRemoteFingerprint(fingerprint: string): void {
    this.#remoteFingerprint = fingerprint.toUpperCase();
  }

  /**
   * New ICE credentials (RFC 8445 section 9): checks with the former ones count until the peer is there with the new
   * ones, and media goes on meanwhile. Several restarts in a row keep the pair that the peer may still use.
   */
  restart(): void {
    if (this.#closed) return;
    if (this.#former === null) this.#former = this.#local;
    else this.#port.unregister(this.#local.fragment);
    this.#local = newParameters(this.#certificate);
    this.#port.register(this.#local.fragment, this);
  }

  /** A binding request whose username names this transport. Answered only with the right integrity. */
  binding(datagram: Uint8Array, request: BindingRequest, from: RemoteAddress, nowUs: number): boolean {
    const restarted = this.#former !== null && request.localFragment === this.#local.fragment;
    const { password } = this.#former !== null && !restarted ? this.#former : this.#local;
    if (this.#closed || !verifyIntegrity(datagram, request, password)) return false;
    this.#consentUs = nowUs;
    this.#port.send(bindingSuccess(request.transactionId, from.address, from.port, password), from);
    const moves = request.useCandidate && (restarted || this.#selected === null) && this.connected;
    this.#know(from, request.useCandidate);
    if (restarted && request.useCandidate) this.#forgetFormer();
    if (moves) this.#events.moved();
    return true;
  }

  dtls(datagram: Uint8Array, nowUs: number): void {
    if (this.#closed || this.#remoteFingerprint === null) return;
    if (this.#dtls === null) {
      if (!this.#port.mayHandshake()) return;
      this.#dtlsStartedUs = nowUs;
      this.#dtls = new DtlsAssociation(this.#certificate, this.#remoteFingerprint, {
        send: (data) => {
          if (this.#selected !== null) this.#port.send(data, this.#selected);
        },
        connected: (keys) => {
          this.#receiver = new SrtpReceiver(keys.profile, keys.remote);
          this.#sender = new SrtpSender(keys.profile, keys.local);
          this.#events.connected();
        },
        ended: (reason) => this.#fail(reason),
      });
    }
    this.#dtls.receive(datagram);
  }

  srtp(datagram: Uint8Array, arrivalUs: number): void {
    if (this.#receiver === null) return;
    // RFC 5761 section 4: RTCP's types are those of a payload type from 64 to 95.
    const payloadType = datagram[1]! & 0x7f;
    const isRtcp = payloadType >= 64 && payloadType < 96;
    const plain = isRtcp ? this.#receiver.unprotectRtcp(datagram) : this.#receiver.unprotectRtp(datagram);
    if (plain === null) {
      this.#port.stats.droppedMalformed += 1;
      return;
    }
    if (isRtcp) this.#events.rtcp(plain, arrivalUs);
    else this.#events.rtp(plain, arrivalUs);
  }

  sendRtp(packet: Uint8Array): void {
    if (this.#sender !== null && this.#selected !== null) this.#port.send(this.#sender.protectRtp(packet), this.#selected);
  }

  sendRtcp(packet: Uint8Array): void {
    if (this.#sender !== null && this.#selected !== null) this.#port.send(this.#sender.protectRtcp(packet), this.#selected);
  }

  /** Runs the time-outs. */
  tick(nowUs: number): void {
    if (this.#closed) return;
    const silentUs = this.#consentUs === null ? 0 : nowUs - this.#consentUs;
    if (silentUs > CONSENT_TIMEOUT_US) this.#selected = null;
    if (silentUs > SILENCE_TIMEOUT_US) this.#fail('no consent');
    else if (this.handshaking && nowUs - this.#dtlsStartedUs > HANDSHAKE_TIMEOUT_US) this.#fail('handshake took too long');
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.unregister(this.#local.fragment);
    this.#forgetFormer();
    for (const address of this.#addresses) this.#port.forget(address, this);
    this.#addresses.length = 0;
    this.#selected = null;
    this.#dtls?.close();
    this.#receiver = null;
    this.#sender = null;
  }

  #forgetFormer(): void {
    if (this.#former !== null) this.#port.unregister(this.#former.fragment);
    this.#former = null;
  }

  #know(from: RemoteAddress, nominated: boolean): void {
    // An ICE-lite agent sends to what the controlling side nominated last (RFC 8445 section 8.1.1).
    if (nominated) this.#selected = from;
    if (!this.#addresses.some((known) => known.key === from.key)) {
      this.#addresses.push(from);
      if (this.#addresses.length > LIMITS.addressesPerTransport) this.#dropAddress();
    }
    this.#port.accept(from, this, nominated);
  }

  /** Forgets the oldest address that is not in use. */
  #dropAddress(): void {
    const index = this.#addresses.findIndex((known) => known.key !== this.#selected?.key);
    for (const address of this.#addresses.splice(index, 1)) this.#port.forget(address, this);
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#events.failed(reason);
  }
}

function newParameters({ fingerprint }: DtlsCertificate): TransportParameters {
  // Base64 letters are within ice-char (RFC 8839 section 5.4).
  const letters = (bytes: number): string => randomBytes(bytes).toString('base64url').replace(/[-_]/g, 'x');
  return { fragment: letters(6), password: letters(18), fingerprint };
}
