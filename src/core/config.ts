import { resolve } from 'node:path';
import { ENCODER_CHOICES, type EncoderChoice } from './encoder-names.js';
import { AppError } from './errors.js';
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from './token-algorithms.js';

/** Everything that can be set from outside. The only reader of `process.env`. */
export interface Config {
  /** Absolute. Everything the server writes lies below it (design D10). */
  dataDir: string;
  /** Address that HTTP and the media socket listen on. */
  host: string;
  httpPort: number;
  /** UDP port of all media; 0 lets the system choose one. */
  rtcPort: number;
  /** Addresses given to clients as ICE candidates; empty: derived from `host`. */
  announcedAddresses: string[];
  logLevel: string;
  /** S2: minutes from the last host's leaving to the end of the session. */
  hostTimeoutMs: number;
  /** R9: longest recorded time of one recording. */
  maxRecordingMs: number;
  /** Largest file that can be put into a room's Media and Files. */
  maxUploadBytes: number;
  /** IANA time zone of new rooms. */
  timeZone: string;
  /** Recordings composed at once; 0: measured from the machine. */
  compositorSlots: number;
  /** Which encoder makes the pictures of recordings; `auto`: what is measured to be the cheapest. */
  encoder: EncoderChoice;
  /** Path of an ffmpeg to use before all others, or empty. */
  ffmpegPath: string;
  /** How join tokens are signed. */
  tokenAlgorithm: TokenAlgorithm;
}

export interface ConfigOverrides {
  data?: string | undefined;
  host?: string | undefined;
  port?: string | undefined;
  rtcPort?: string | undefined;
  encoder?: string | undefined;
}

const MAX_UPLOAD_MB = 16_384;
const DAY_MS = 24 * 60 * 60_000;

/** Reads the environment; command-line flags win. Throws `AppError` `config_invalid`. */
export function readConfig(flags: ConfigOverrides = {}, env: NodeJS.ProcessEnv = process.env): Config {
  return {
    dataDir: resolve(flags.data ?? env.REELROOM_DATA ?? 'data'),
    host: flags.host ?? env.REELROOM_HOST ?? '127.0.0.1',
    httpPort: port('REELROOM_PORT', flags.port ?? env.REELROOM_PORT, 8080),
    rtcPort: port('REELROOM_RTC_PORT', flags.rtcPort ?? env.REELROOM_RTC_PORT, 0),
    announcedAddresses: (env.REELROOM_ANNOUNCE ?? '').split(',').map((part) => part.trim()).filter(Boolean),
    logLevel: env.REELROOM_LOG ?? 'info',
    hostTimeoutMs: positive('REELROOM_HOST_TIMEOUT_MIN', env.REELROOM_HOST_TIMEOUT_MIN, 15) * 60_000,
    maxRecordingMs: Math.min(DAY_MS, positive('REELROOM_MAX_RECORDING_MIN', env.REELROOM_MAX_RECORDING_MIN, 24 * 60) * 60_000),
    maxUploadBytes: Math.min(MAX_UPLOAD_MB, positive('REELROOM_MAX_UPLOAD_MB', env.REELROOM_MAX_UPLOAD_MB, 1024)) * 1_000_000,
    timeZone: env.REELROOM_TIME_ZONE ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    compositorSlots: Number(env.REELROOM_COMPOSITORS ?? 0) || 0,
    encoder: encoder(flags.encoder ?? env.REELROOM_ENCODER),
    ffmpegPath: env.REELROOM_FFMPEG ?? '',
    tokenAlgorithm: tokenAlgorithm(env.REELROOM_TOKENS),
  };
}

/** The environment of a child process: the server's own, with these on top. */
export function childEnvironment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...settings };
}

function port(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new AppError('config_invalid', `${name} is "${text}"; it takes a port number from 0 to 65535.`, {
      audience: 'operator',
    });
  }
  return value;
}

function encoder(text = ''): EncoderChoice {
  if (text === '') return 'auto';
  const choice = ENCODER_CHOICES.find((name) => name === text);
  if (choice) return choice;
  throw new AppError('config_invalid', `REELROOM_ENCODER is "${text}"; it takes one of ${ENCODER_CHOICES.join(', ')}.`, {
    audience: 'operator',
  });
}

function tokenAlgorithm(text = ''): TokenAlgorithm {
  if (text === '') return 'HS256';
  const algorithm = TOKEN_ALGORITHMS.find((name) => name === text);
  if (algorithm) return algorithm;
  throw new AppError('config_invalid', `REELROOM_TOKENS is "${text}"; it takes one of ${TOKEN_ALGORITHMS.join(', ')}.`, { audience: 'operator' });
}

function positive(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) {
    throw new AppError('config_invalid', `${name} is "${text}"; it takes a number above 0.`, { audience: 'operator' });
  }
  return value;
}
