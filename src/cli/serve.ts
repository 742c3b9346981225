import { Command } from 'commander';
import { type ConfigOverrides, readConfig } from '../core/config.js';
import { ENCODER_CHOICES } from '../core/encoder-names.js';
import { showAdminSecret } from './links.js';
import { print, tell } from './output.js';
import { forgetServer, rememberServer } from './server-file.js';

/** One press of Ctrl-C can arrive twice, from the terminal and from npm; only a later one forces the end. */
const SECOND_SIGNAL_AFTER_MS = 500;

export function serveCommand(): Command {
  return new Command('serve')
    .description('start the server (the default)')
    .option('--data <folder>', 'data directory (REELROOM_DATA)')
    .option('--host <address>', 'address to listen on (REELROOM_HOST)')
    .option('--port <number>', 'HTTP port (REELROOM_PORT)')
    .option('--rtc-port <number>', 'UDP port of all media (REELROOM_RTC_PORT)')
    .option('--encoder <name>', `encoder of recordings: ${ENCODER_CHOICES.join(', ')} (REELROOM_ENCODER)`)
    .action(serve);
}

/** Serves until SIGINT or SIGTERM. */
async function serve(flags: ConfigOverrides): Promise<void> {
  const config = readConfig(flags);
  const { startServer } = await import('../main.js');
  const signal = nextSignal();
  const server = await startServer(config, { onSecretsMade: showAdminSecret });
  rememberServer(config.dataDir, server.url);
  print(`Reelroom is ready: ${server.url}`);
  await signal;
  tell('Closing...');
  try {
    await server.close();
  } finally {
    forgetServer(config.dataDir);
  }
  tell('Closed.');
}

/** Resolves at the first signal; a second one, later, ends the process at once. */
function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    let firstAtMs: number | null = null;
    const onSignal = (): void => {
      const nowMs = performance.now();
      if (firstAtMs === null) {
        firstAtMs = nowMs;
        resolve();
      } else if (nowMs - firstAtMs > SECOND_SIGNAL_AFTER_MS) {
        tell('Ended at once; what is unfinished is continued at the next start.');
        process.exit(1);
      }
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
