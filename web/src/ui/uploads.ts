import { signal, type ReadonlySignal } from '@preact/signals';
import { AppError } from '../../../src/core/errors.js';
import { fileTypeOf, TELLING_BYTES } from '../../../src/core/file-types.js';
import { refusalOf } from '../client/index.js';
import { api } from './api.js';

export interface Uploading {
  key: number;
  name: string;
  /** 0 to 1. */
  share: number;
  /** Why it was not added; null while it is under way. */
  problem: AppError | null;
}

/** Files that wait; who drops a folder of thousands did not mean it. */
const MAX_WAITING = 100;

interface Waiting {
  key: number;
  file: File;
  maxBytes: number;
  abort: AbortController;
}

/** Sends files into a room's Media and Files, one after the other, whatever page is shown meanwhile. */
export class Uploads {
  readonly #roomId: string;
  readonly #list = signal<readonly Uploading[]>([]);
  readonly #added = signal(0);
  readonly #waiting: Waiting[] = [];
  #made = 0;
  #sends = false;

  constructor(roomId: string) {
    this.#roomId = roomId;
  }

  /** Under way and refused, in the order of adding. */
  get list(): ReadonlySignal<readonly Uploading[]> {
    return this.#list;
  }

  /** How many have come in. */
  get added(): ReadonlySignal<number> {
    return this.#added;
  }

  add(files: readonly File[], maxBytes: number): void {
    for (const file of files.slice(0, MAX_WAITING - this.#waiting.length)) {
      const key = ++this.#made;
      this.#waiting.push({ key, file, maxBytes, abort: new AbortController() });
      this.#list.value = [...this.#list.value, { key, name: file.name, share: 0, problem: null }];
    }
    void this.#sendAll();
  }

  /** Cancels what is under way; takes what was refused off the list. */
  remove(key: number): void {
    this.#waiting.find((waiting) => waiting.key === key)?.abort.abort();
    this.#list.value = this.#list.value.filter((uploading) => uploading.key !== key);
  }

  async #sendAll(): Promise<void> {
    if (this.#sends) return;
    this.#sends = true;
    for (let [next] = this.#waiting; next; [next] = this.#waiting) {
      await this.#send(next);
      this.#waiting.shift();
    }
    this.#sends = false;
  }

  async #send({ key, file, maxBytes, abort: { signal: aborted } }: Waiting): Promise<void> {
    try {
      if (aborted.aborted) return;
      await refuseEarly(file, maxBytes);
      await post(api.newFileUrl(this.#roomId, file.name), file, aborted, (share) => this.#change(key, { share }));
      if (aborted.aborted) return;
      this.remove(key);
      this.#added.value += 1;
    } catch (error) {
      this.#change(key, { problem: error instanceof AppError ? error : new AppError('file_unreadable', 'The file cannot be read.', { cause: error }) });
    }
  }

  #change(key: number, change: Partial<Uploading>): void {
    this.#list.value = this.#list.value.map((uploading) => (uploading.key === key ? { ...uploading, ...change } : uploading));
  }
}

/** What the server would say when all of it was sent. */
async function refuseEarly(file: File, maxBytes: number): Promise<void> {
  if (file.size === 0) throw new AppError('file_empty', 'The file is empty.');
  if (file.size > maxBytes) throw new AppError('file_too_long', 'The file is too large.');
  const head = new Uint8Array(await file.slice(0, TELLING_BYTES).arrayBuffer());
  if (!fileTypeOf(head)) throw new AppError('file_type_refused', 'Files of this type cannot be added.');
}

/** `fetch` does not tell how much was sent. Resolves when it is there, or was cancelled. */
function post(url: string, file: File, aborted: AbortSignal, onShare: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded }) => onShare(loaded / file.size);
    request.onload = () => (request.status === 201 ? resolve() : reject(refusalOf(request.response)));
    request.onerror = () => reject(new AppError('server_unreachable', 'The server cannot be reached.'));
    request.onabort = () => resolve();
    aborted.addEventListener('abort', () => request.abort());
    request.open('POST', url);
    request.send(file);
  });
}

const ofRooms = new Map<string, Uploads>();

/** Of that room, as long as the page is open. */
export function uploadsOf(roomId: string): Uploads {
  const uploads = ofRooms.get(roomId) ?? new Uploads(roomId);
  ofRooms.set(roomId, uploads);
  return uploads;
}
