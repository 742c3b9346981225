import type { FilePart } from './exchange.js';

/** The part of a server's response that a body is written to; uWebSockets.js has it so. */
export interface ResponseSink {
  cork(write: () => void): unknown;
  /** [everything so far was taken, the response is complete]. What was not taken is offered again later. */
  tryEnd(chunk: Uint8Array, totalBytes: number): [boolean, boolean];
  /** Bytes of the body taken so far. */
  getWriteOffset(): number;
  onWritable(handler: (offset: number) => boolean): unknown;
  /** Cuts the connection. */
  close(): unknown;
}

/** Bytes read from the disk at once; also the most that one slow reader holds in memory. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Sends a part of a file at the reader's pace and closes the file. `aborted` tells that the response is
 * gone and resolves waits by calling `onAbort`'s listener. A file that turns out shorter than announced
 * cuts the connection, so that nobody takes half a film for a whole one.
 */
export async function streamFile(part: FilePart, sink: ResponseSink, life: ResponseLife): Promise<void> {
  const { file, startByte, lengthBytes } = part;
  try {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, lengthBytes));
    let sentBytes = 0;
    if (lengthBytes === 0) sink.cork(() => sink.tryEnd(buffer, 0));
    while (sentBytes < lengthBytes && !life.aborted) {
      const wanted = Math.min(buffer.length, lengthBytes - sentBytes);
      const { bytesRead } = await file.read(buffer, 0, wanted, startByte + sentBytes);
      if (life.aborted) return;
      if (bytesRead === 0) {
        sink.close();
        return;
      }
      await writeChunk(buffer.subarray(0, bytesRead), lengthBytes, sink, life);
      sentBytes += bytesRead;
    }
  } catch (error) {
    if (!life.aborted) sink.close();
    throw error;
  } finally {
    await file.close();
  }
}

function writeChunk(chunk: Uint8Array, totalBytes: number, sink: ResponseSink, life: ResponseLife): Promise<void> {
  return new Promise((resolve) => {
    const chunkStart = sink.getWriteOffset();
    let [taken, complete] = [false, false];
    sink.cork(() => ([taken, complete] = sink.tryEnd(chunk, totalBytes)));
    if (taken || complete) {
      resolve();
      return;
    }
    life.onAbort = resolve;
    sink.onWritable((offset) => {
      const [ok, done] = sink.tryEnd(chunk.subarray(offset - chunkStart), totalBytes);
      if (ok || done) {
        life.onAbort = null;
        resolve();
      }
      return ok;
    });
  });
}

/** Whether the other side is still there. */
export class ResponseLife {
  aborted = false;
  /** Called once when the connection goes. */
  onAbort: (() => void) | null = null;

  abort(): void {
    this.aborted = true;
    this.onAbort?.();
    this.onAbort = null;
  }
}
