import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Socket } from 'node:net';

/**
 * A small WebSocket client (RFC 6455) for tests: unlike the browser's it may set headers, break the
 * rules on purpose and stop reading.
 */
export class TestSocket {
  readonly #socket: Socket;
  #unread: Buffer = Buffer.alloc(0);
  #onText: (text: string) => void = () => undefined;
  #closeCode = 1006;
  /** Resolves with the close code; 1006 where the connection just ended. */
  readonly closed: Promise<number>;

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.on('close', () => resolve(this.#closeCode)));
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => this.#received(data));
    if (head.length > 0) this.#received(head);
  }

  /** Rejects where the server does not upgrade; the message has the HTTP status. */
  static open(url: string, headers: Record<string, string> = {}): Promise<TestSocket> {
    return new Promise((resolve, reject) => {
      const attempt = request(url.replace(/^ws/, 'http'), {
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': randomBytes(16).toString('base64'),
          ...headers,
        },
      });
      attempt.on('upgrade', (_response, socket, head) => resolve(new TestSocket(socket as Socket, head)));
      attempt.on('response', (response) => {
        response.resume();
        reject(new Error(`not upgraded: HTTP status ${response.statusCode}`));
      });
      attempt.on('error', reject);
      attempt.end();
    });
  }

  onText(listener: (text: string) => void): void {
    this.#onText = listener;
  }

  sendText(text: string): void {
    this.#send(1, Buffer.from(text));
  }

  sendBinary(data: Uint8Array): void {
    this.#send(2, Buffer.from(data));
  }

  /** From now on nothing is read from the connection. */
  stopReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  close(): void {
    if (this.#socket.writable) this.#send(8, Buffer.from([0x03, 0xe8]));
    this.#socket.end();
  }

  /** Cuts the connection without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  #send(opcode: number, payload: Buffer): void {
    if (!this.#socket.writable) return;
    const mask = randomBytes(4);
    const length = payload.length;
    let header: Buffer;
    if (length < 126) header = Buffer.from([0x80 | opcode, 0x80 | length]);
    else if (length < 65_536) header = Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 255]);
    else {
      header = Buffer.alloc(10);
      header[0] = 0x80 | opcode;
      header[1] = 0x80 | 127;
      header.writeBigUInt64BE(BigInt(length), 2);
    }
    const masked = Buffer.from(payload.map((byte, index) => byte ^ mask[index & 3]!));
    this.#socket.write(Buffer.concat([header, mask, masked]));
  }

  #received(data: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, data]);
    for (;;) {
      const frame = this.#takeFrame();
      if (!frame) return;
      const { opcode, payload } = frame;
      if (opcode === 1) this.#onText(payload.toString('utf8'));
      else if (opcode === 9) this.#send(10, payload);
      else if (opcode === 8) {
        this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
        this.#socket.end();
      }
    }
  }

  /** The server sends whole, unmasked messages (uWebSockets.js never fragments). */
  #takeFrame(): { opcode: number; payload: Buffer } | null {
    const data = this.#unread;
    if (data.length < 2) return null;
    const short = data[1]! & 127;
    const headerBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (data.length < headerBytes) return null;
    const length = short === 126 ? data.readUInt16BE(2) : short === 127 ? Number(data.readBigUInt64BE(2)) : short;
    if (data.length < headerBytes + length) return null;
    this.#unread = data.subarray(headerBytes + length);
    return { opcode: data[0]! & 15, payload: data.subarray(headerBytes, headerBytes + length) };
  }
}
