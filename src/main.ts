import { machineName } from './cli/machine.js';
import { EncoderChooser } from './compositor/encoders/chooser.js';
import { CompositorPool } from './compositor/pool.js';
import { systemClock } from './core/clock.js';
import type { Config } from './core/config.js';
import { createLog } from './core/log.js';
import { DataPaths, programFiles } from './core/paths.js';
import { createMediaServer } from './media/server.js';
import { createRecordingService } from './recording/service.js';
import { baseUrlOf } from './signaling/create-room.js';
import { loadSecrets, type Secrets } from './signaling/secrets.js';
import { createSignalingServer } from './signaling/server.js';
import { Tokens } from './signaling/tokens.js';
import { lockData } from './storage/data-lock.js';
import { FileShelf, openStorage } from './storage/index.js';

export interface ServerOptions {
  /** This is the first start: these secrets were made now. */
  onSecretsMade?: (secrets: Secrets) => void;
}

export interface RunningServer {
  /** The link to open in a browser. */
  url: string;
  /** Ends sessions and recordings cleanly; movies that are not finished by then are at the next start. */
  close(): Promise<void>;
}

/**
 * Builds the parts from the config and joins them. What was opened is closed again in the reverse order,
 * also where a later part does not start.
 */
export async function startServer(config: Config, options: ServerOptions = {}): Promise<RunningServer> {
  const clock = systemClock;
  const log = createLog(config.logLevel);
  const paths = new DataPaths(config.dataDir);
  const opened: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (let last = opened.pop(); last; last = opened.pop()) await last();
  };
  try {
    const lock = lockData(paths.lock);
    opened.push(() => lock.release());
    const storage = openStorage(paths.database);
    opened.push(() => storage.close());
    const files = new FileShelf({ paths, rows: storage.roomFiles, options: { maxBytes: config.maxUploadBytes } });
    opened.push(() => files.close());
    await files.recover();
    const secrets = loadSecrets(paths.secrets, options.onSecretsMade);
    const pool = new CompositorPool({ slots: config.compositorSlots, log, costs: { file: paths.costs, machine: machineName() } });
    opened.push(() => pool.close());
    const encoders = new EncoderChooser({
      choice: config.encoder,
      ffmpegPath: config.ffmpegPath,
      file: paths.encoders,
      isIdle: () => pool.jobs === 0,
      log,
    });
    opened.push(() => encoders.close());
    const media = await createMediaServer({
      host: config.host,
      port: config.rtcPort,
      announcedAddresses: config.announcedAddresses,
      clock,
      log,
    });
    opened.push(() => media.close());
    const recording = createRecordingService({
      ...{ paths, storage, pool, hub: media, clock, log, ffmpegPath: config.ffmpegPath },
      encoder: () => encoders.current,
      options: { capMs: config.maxRecordingMs },
    });
    opened.push(() => recording.close());
    await recording.recover();
    const signaling = await createSignalingServer({
      config,
      clock,
      log,
      media,
      storage,
      recording,
      files,
      tokens: new Tokens(secrets.tokenKey, () => clock.wallMs(), {
        algorithm: config.tokenAlgorithm,
        isRevoked: (apiKeyId) => storage.apiKeys.get(apiKeyId)?.revokedAtMs !== null,
      }),
      adminSecret: secrets.adminSecret,
      webRoot: programFiles.webClient,
    });
    opened.push(() => signaling.close());
    // Behind the start: whoever records meanwhile does not wait for it.
    void encoders.choose();
    return { url: baseUrlOf(config.host, signaling.port), close };
  } catch (error) {
    await close();
    throw error;
  }
}
