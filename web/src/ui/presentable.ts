import type { StoredFile } from '../client/index.js';
import { CannotShow } from './stage-canvas.js';

/** Something to show: a file of the person's own device, or one of the room's Media and Files at its address. */
export type Presentable = File | Stored;

export type Stored = Pick<StoredFile, 'name' | 'type' | 'url'>;

/** All of it, in memory: for pictures. Rejects with `CannotShow`. */
export async function blobOf(file: Presentable): Promise<Blob> {
  if (file instanceof File) return file;
  const answer = await fetch(file.url, { credentials: 'same-origin' }).catch(() => null);
  if (!answer?.ok) throw new CannotShow('the server does not give the file');
  return answer.blob();
}

/** Where a player reads it, piece by piece; `release` when it is done. */
export function addressOf(file: Presentable): { url: string; release: () => void } {
  if (!(file instanceof File)) return { url: file.url, release: () => undefined };
  const url = URL.createObjectURL(file);
  return { url, release: () => URL.revokeObjectURL(url) };
}
