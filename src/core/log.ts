import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Structured log on standard error. Tokens, SDP and names of people stay out of it. */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, redact: { paths: ['token', '*.token', 'secret', '*.secret'], censor: '[secret]' } },
    pino.destination({ dest: 2, sync: true }),
  );
}
