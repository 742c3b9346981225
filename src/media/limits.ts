/** What a peer, or all of them together, can make the media server hold. */
export const LIMITS = {
  connections: 1_000,
  /** DTLS handshakes under way at once, of all connections. */
  pendingHandshakes: 64,
  tracksPerConnection: 8,
  /** Incoming SSRCs that are bound to a section or layer, per connection. */
  ssrcsPerConnection: 64,
  /** Packets of unknown SSRCs are looked at for a mid this often per second and connection. */
  unknownSsrcs: 32,
  simulcastLayers: 4,
  /** Media sections of a subscriber's peer connection; ended ones are used again. */
  subscribedSections: 128,
  /** Addresses that one transport takes datagrams from. */
  addressesPerTransport: 4,
  offerBytes: 200_000,
} as const;

/** RFC 7675 section 5.1 asks for 30 s at most; a browser checks about every 5 s. Nothing is sent any more then. */
export const CONSENT_TIMEOUT_US = 15_000_000;
/** A peer that is silent for so long does not come back to this transport by an ICE restart; its member has left by then, as a rule. */
export const SILENCE_TIMEOUT_US = 90_000_000;
export const HANDSHAKE_TIMEOUT_US = 30_000_000;
