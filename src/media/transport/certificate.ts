import { X509Certificate } from 'node:crypto';
import { CipherContext, HashAlgorithm, NamedCurveAlgorithm, SignatureAlgorithm } from 'werift';

/** The server's self-signed DTLS certificate: one for the life of the process, known by its fingerprint in SDP. */
export interface DtlsCertificate {
  certPem: string;
  keyPem: string;
  /** SHA-256, upper-case hex bytes joined by colons (RFC 8122). */
  fingerprint: string;
}

export const SIGNATURE_HASH = { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 } as const;

export async function createCertificate(): Promise<DtlsCertificate> {
  const { certPem, keyPem } = await CipherContext.createSelfSignedCertificateWithKey(
    SIGNATURE_HASH,
    NamedCurveAlgorithm.secp256r1_23,
  );
  return { certPem, keyPem, fingerprint: new X509Certificate(certPem).fingerprint256 };
}
