import { createSocket } from 'node:dgram';
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { native } from '../../../native/index.js';
import type { Config } from '../../core/config.js';
import { messageOf } from '../../core/errors.js';
import { DataPaths, programFiles } from '../../core/paths.js';
import { byteSize } from '../output.js';
import { runningServerUrl } from '../server-file.js';

/** One thing that Reelroom needs, and whether it is there. */
export interface Check {
  name: string;
  ok: boolean;
  detail: string;
}

/** A movie and its journal at their fattest, bytes an hour: 6 Mbit/s of movie and as much received media. */
const BYTES_PER_HOUR = 5.4e9;
/** Less than this is not worth starting a recording with. */
const DISK_AT_LEAST_BYTES = 2e9;

/** Everything that is looked up rather than measured. */
export async function machineChecks(config: Config): Promise<Check[]> {
  return [
    node(),
    addon(),
    libraries(),
    await load('HTTP and WebSocket server', () => import('../../signaling/server.js')),
    await load('Database', () => import('../../storage/index.js')),
    webClient(),
    ...dataDirectory(config.dataDir),
    await httpPort(config),
    await rtcPort(config),
  ];
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 20);
  return { name: 'Node', ok, detail: `${process.versions.node}${ok ? '' : ', needs 20.20 or newer'}` };
}

/** The addon's CRC of the check string of RFC 3720's polynomial shows that it loads and computes. */
function addon(): Check {
  try {
    const ok = native().crc32c(Buffer.from('123456789')) === 0xe3069283;
    return { name: 'Native addon', ok, detail: ok ? 'loads and computes' : 'computes a wrong CRC; build it again' };
  } catch (error) {
    return { name: 'Native addon', ok: false, detail: messageOf(error) };
  }
}

/** Which media libraries the addons brought into this process. */
function libraries(): Check {
  try {
    new (native().H264Decoder)().close();
  } catch (error) {
    return { name: 'Media libraries', ok: false, detail: messageOf(error) };
  }
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  const wanted = ['libyuv', 'libvpx', 'libdav1d', 'libopus', 'libavcodec'];
  const found = wanted.map((name) => sharedObjects.find((path) => path.includes(`/${name}.so`)));
  const missing = wanted.filter((_, at) => found[at] === undefined);
  if (missing.length > 0) return { name: 'Media libraries', ok: false, detail: `not loaded: ${missing.join(', ')}` };
  return { name: 'Media libraries', ok: true, detail: found.map((path) => path?.split('/').pop()).join(', ') };
}

async function load(name: string, module: () => Promise<unknown>): Promise<Check> {
  try {
    await module();
    return { name, ok: true, detail: 'loads' };
  } catch (error) {
    return { name, ok: false, detail: messageOf(error) };
  }
}

function webClient(): Check {
  const ok = existsSync(join(programFiles.webClient, 'index.html'));
  return { name: 'Web client', ok, detail: ok ? 'built' : 'missing; run "npm run build"' };
}

function dataDirectory(dataDir: string): Check[] {
  let folder = dataDir;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    return [{ name: 'Data directory', ok: false, detail: messageOf(error) }];
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const hours = Math.floor(free / BYTES_PER_HOUR);
  const started = existsSync(new DataPaths(dataDir).database);
  return [
    { name: 'Data directory', ok: true, detail: `${dataDir}${started ? '' : ' (made at the first start)'}` },
    { name: 'Disk space', ok: free >= DISK_AT_LEAST_BYTES, detail: `${byteSize(free)} free, at least ${hours} h of recording` },
  ];
}

async function httpPort(config: Config): Promise<Check> {
  const name = 'HTTP port';
  const running = runningServerUrl(config.dataDir);
  if (running !== null) return { name, ok: true, detail: `used by the running server, ${running}` };
  const problem = await new Promise<string | null>((resolve) => {
    const server = createServer();
    server.on('error', (error) => resolve(messageOf(error)));
    server.listen(config.httpPort, config.host, () => server.close(() => resolve(null)));
  });
  return { name, ok: problem === null, detail: problem ?? `${config.host}:${config.httpPort} is free` };
}

async function rtcPort(config: Config): Promise<Check> {
  const name = 'Media port (UDP)';
  if (config.rtcPort === 0) return { name, ok: true, detail: 'chosen at start; set REELROOM_RTC_PORT to open one in a firewall' };
  if (runningServerUrl(config.dataDir) !== null) return { name, ok: true, detail: 'used by the running server' };
  const problem = await new Promise<string | null>((resolve) => {
    const socket = createSocket(config.host.includes(':') ? 'udp6' : 'udp4');
    socket.on('error', (error) => resolve(messageOf(error)));
    socket.bind(config.rtcPort, config.host, () => socket.close(() => resolve(null)));
  });
  return { name, ok: problem === null, detail: problem ?? `${config.host}:${config.rtcPort} is free` };
}
