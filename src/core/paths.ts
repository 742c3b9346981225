import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SidecarName } from './sidecars.js';

/** Where the program's own files are, and where what it writes goes (design D10). */

/** The folder that holds package.json, from a checkout's `dist/` or an installed package. */
export const packageRoot: string = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

function findPackageRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${start}`);
    folder = parent;
  }
  return folder;
}

export const programFiles = {
  webClient: join(packageRoot, 'dist', 'web'),
  nativeAddon: join(packageRoot, 'native', 'build', 'Release', 'reelroom.node'),
  h264Addon: join(packageRoot, 'native', 'build', 'Release', 'reelroom_h264.node'),
  /** Optional: built where libx264's headers are. */
  x264: join(packageRoot, 'native', 'build', 'Release', 'reelroom-x264'),
  migrations: join(packageRoot, 'src', 'storage', 'migrations'),
  compositorWorker: join(packageRoot, 'dist', 'src', 'compositor', 'worker.js'),
  encoderTrial: join(packageRoot, 'dist', 'src', 'compositor', 'encoders', 'trial-process.js'),
  gstreamerProcess: join(packageRoot, 'dist', 'src', 'compositor', 'encoders', 'gstreamer', 'process.js'),
};

/** Paths below the data directory. Every name in them was made by the server. */
export class DataPaths {
  readonly root: string;
  constructor(root: string) {
    this.root = root;
  }
  get database(): string {
    return join(this.root, 'reelroom.db');
  }
  /** Held by the running server. */
  get lock(): string {
    return join(this.root, 'server.lock');
  }
  /** What was measured of the machine's encoders. */
  get encoders(): string {
    return join(this.root, 'encoders.json');
  }
  /** What a recording costs on this machine. */
  get costs(): string {
    return join(this.root, 'costs.json');
  }
  get secrets(): string {
    return join(this.root, 'secrets.json');
  }
  /** The room's Media and Files. */
  roomFiles(roomId: string): string {
    return join(this.rooms, roomId);
  }
  /** F1: the folder that movies are filed in. */
  recordingsFolder(roomId: string): string {
    return join(this.roomFiles(roomId), 'Recordings');
  }
  get rooms(): string {
    return join(this.root, 'rooms');
  }
  /** What people put into the room's Media and Files. */
  storedFiles(roomId: string): string {
    return join(this.roomFiles(roomId), 'files');
  }
  /** `ending` as `FILE_TYPES` has it; `.part` while it is written. */
  storedFile(roomId: string, fileId: string, ending: string): string {
    return join(this.storedFiles(roomId), `${fileId}${ending}`);
  }
  /** Folder of one recording: journal, unfinished movie, poster, sidecars. */
  recording(recordingId: string): string {
    return join(this.root, 'recordings', recordingId);
  }
  journal(recordingId: string): string {
    return join(this.recording(recordingId), 'journal');
  }
  unfinishedMovie(recordingId: string): string {
    return join(this.recording(recordingId), 'movie.mp4');
  }
  poster(recordingId: string): string {
    return join(this.recording(recordingId), 'poster.jpg');
  }
  /** What the recorder saw last, made when somebody asks for it. */
  still(recordingId: string): string {
    return join(this.recording(recordingId), 'now.jpg');
  }
  /** R9: which part of a longer recording it is. */
  part(recordingId: string): string {
    return join(this.recording(recordingId), 'part.json');
  }
  /** A file of docs/sidecars.md. */
  sidecar(recordingId: string, name: SidecarName): string {
    return join(this.recording(recordingId), name);
  }
}
