/** How join tokens are signed (RFC 7518 section 3.2, RFC 8037 section 3.1). */
export const TOKEN_ALGORITHMS = ['HS256', 'EdDSA'] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];
