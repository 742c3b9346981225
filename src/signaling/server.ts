import uWS, { type HttpRequest as UwsRequest, type HttpResponse, type WebSocket } from 'uWebSockets.js';
import type { Clock } from '../core/clock.js';
import type { Config } from '../core/config.js';
import { AppError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import { DataPaths } from '../core/paths.js';
import type { MediaServer } from '../media/types.js';
import type { RecordingService } from '../recording/types.js';
import { Client, type ClientParts } from './client.js';
import { baseUrlOf } from './create-room.js';
import { isSameOrigin } from './http/access.js';
import { BodyStream } from './http/body-stream.js';
import { errorReply, MAX_BODY_BYTES, SECURITY_HEADERS, statusLine, type HttpReply, type HttpRequest } from './http/exchange.js';
import { createRoutes, takesStream } from './http/router.js';
import { ResponseLife, streamFile } from './http/stream.js';
import { WrongSecrets } from './http/wrong-secrets.js';
import { Hub } from './hub.js';
import type { ClientSocket } from './occupants.js';
import type { FileShelf } from '../storage/index.js';
import { CLOSE_CODES, MAX_MESSAGE_BYTES, SOCKET_PATH, type ServerMessage } from './protocol.js';
import type { SignalingStorage } from './stores.js';
import type { Tokens } from './tokens.js';

export interface SignalingParts {
  config: Pick<Config, 'dataDir' | 'host' | 'httpPort' | 'hostTimeoutMs' | 'timeZone'>;
  clock: Clock;
  log: Log;
  media: MediaServer;
  storage: SignalingStorage;
  recording: RecordingService;
  files: FileShelf;
  tokens: Tokens;
  /** `Secrets.adminSecret`. */
  adminSecret: string;
  /** Folder of the built web client. */
  webRoot: string;
  /** Time from opening a socket to an accepted `join`, default 15 s. */
  joinTimeoutMs?: number;
  /** How long a member whose socket is lost is waited for, default 30 s. */
  awayLimitMs?: number;
}

export interface SignalingServer {
  /** The port that is listened on, also where the config said 0. */
  readonly port: number;
  /** Ends all sessions and closes all sockets. Twice is fine. */
  close(): Promise<void>;
}

/** uWebSockets.js closes a socket without an answer above this; below it, the session says what is wrong. */
const MAX_PAYLOAD_BYTES = 2 * MAX_MESSAGE_BYTES.afterJoin;

/** What a client may leave unread. An offer of 50 tracks has about 100 KiB. */
const MAX_BACKPRESSURE_BYTES = 1024 * 1024;

/** Above this, droppable messages are left out. */
const SLOW_BYTES = 64 * 1024;

const JOIN_TIMEOUT_MS = 15_000;

/** A lid that is closed, another network, a server's proxy that starts again. */
const AWAY_LIMIT_MS = 30_000;

const MAX_SOCKETS = 4096;
const MAX_FILE_ANSWERS = 256;

/** Pings are sent in time for this, so that dead connections and proxies' time-outs are noticed, seconds. */
const IDLE_TIMEOUT_S = 32;

interface SocketData {
  userAgent: string;
  client: Client | null;
  socket: Socket | null;
}

/**
 * HTTP and WebSockets on one port. Restores open sessions before it listens. Throws `AppError`
 * `port_in_use`. The only place that knows uWebSockets.js.
 */
export async function createSignalingServer(parts: SignalingParts): Promise<SignalingServer> {
  const { config, clock, log, media, storage, recording, tokens } = parts;
  const hub = new Hub({ hostTimeoutMs: config.hostTimeoutMs, awayLimitMs: parts.awayLimitMs ?? AWAY_LIMIT_MS, clock, log, media, recording, storage });
  const clientParts: ClientParts = {
    hub,
    tokens,
    recording,
    log,
    monotonicMs: () => clock.monotonicUs() / 1000,
    joinTimeoutMs: parts.joinTimeoutMs ?? JOIN_TIMEOUT_MS,
  };
  const app = uWS.App();
  acceptSockets(app, clientParts);
  let port = config.httpPort;
  answerHttp(app, parts, () => baseUrlOf(config.host, port));
  const listenSocket = await listen(app, config.host, config.httpPort);
  port = uWS.us_socket_local_port(listenSocket);
  hub.restore();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    uWS.us_listen_socket_close(listenSocket);
    await hub.close();
    app.close();
  };
  return { port, close: () => (closing ??= close()) };
}

type App = ReturnType<typeof uWS.App>;
type ListenSocket = Parameters<typeof uWS.us_listen_socket_close>[0];

/** The addon takes options after host and port; its type declarations leave that form out. */
type ListenOnHost = (host: string, port: number, options: number, done: (socket: ListenSocket | false) => void) => void;

function listen(app: App, host: string, port: number): Promise<ListenSocket> {
  return new Promise((resolve, reject) => {
    // Without this option a second server shares the port with the first, and each gets half of the clients.
    const exclusive = 1;
    const listenOnHost = app.listen.bind(app) as unknown as ListenOnHost;
    listenOnHost(host, port, exclusive, (socket) => {
      if (socket) {
        resolve(socket);
        return;
      }
      const sentence = `Port ${port} of ${host} cannot be listened on; another program uses it. Choose another with --port.`;
      reject(new AppError('port_in_use', sentence, { audience: 'operator', status: 500 }));
    });
  });
}

function acceptSockets(app: App, clientParts: ClientParts): void {
  let open = 0;
  app.ws<SocketData>(SOCKET_PATH, {
    compression: uWS.DISABLED,
    maxPayloadLength: MAX_PAYLOAD_BYTES,
    maxBackpressure: MAX_BACKPRESSURE_BYTES,
    idleTimeout: IDLE_TIMEOUT_S,
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => {
      if (!isSameOrigin({ header: (name) => req.getHeader(name) })) {
        sendReply(res, 'GET', errorReply(new AppError('origin_refused', 'This page belongs to another site.', { status: 403 })));
        return;
      }
      if (open >= MAX_SOCKETS) {
        sendReply(res, 'GET', errorReply(new AppError('server_full', 'The server has no room for more connections.', { status: 503 })));
        return;
      }
      res.upgrade<SocketData>(
        { userAgent: req.getHeader('user-agent').slice(0, 512), client: null, socket: null },
        req.getHeader('sec-websocket-key'),
        req.getHeader('sec-websocket-protocol'),
        req.getHeader('sec-websocket-extensions'),
        context,
      );
    },
    open: (ws) => {
      open++;
      const data = ws.getUserData();
      data.socket = new Socket(ws);
      data.client = new Client(clientParts, data.socket, data.userAgent);
    },
    message: (ws, message, isBinary) => {
      const text = isBinary ? null : Buffer.from(message).toString('utf8');
      ws.getUserData().client?.receive(text, message.byteLength);
    },
    close: (ws, code) => {
      open--;
      const data = ws.getUserData();
      data.socket?.gone();
      data.client?.socketClosed(code);
    },
  });
}

/** One WebSocket with bounded memory: a client that does not read is closed, none is skipped silently. */
class Socket implements ClientSocket {
  readonly #ws: WebSocket<SocketData>;
  #usable = true;
  #ended = false;

  constructor(ws: WebSocket<SocketData>) {
    this.#ws = ws;
  }

  send(message: ServerMessage, options?: { droppable: boolean }): void {
    if (!this.#usable) return;
    if (options?.droppable && this.#ws.getBufferedAmount() > SLOW_BYTES) return;
    const dropped = 2;
    if (this.#ws.send(JSON.stringify(message)) !== dropped) return;
    // Closing here would run the close handler amidst whatever is being told to everybody.
    this.#usable = false;
    setImmediate(() => this.#end(CLOSE_CODES.tooSlow, 'too-slow'));
  }

  close(code: number, reason: string): void {
    if (!this.#usable) return;
    this.#usable = false;
    this.#end(code, reason);
  }

  /** The close handler ran: the WebSocket may not be touched any more. */
  gone(): void {
    this.#usable = false;
    this.#ended = true;
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ws.end(code, reason);
  }
}

/** All others' bodies are passed over. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PATCH']);

function answerHttp(app: App, parts: SignalingParts, baseUrl: () => string): void {
  const { config, clock, storage, recording, files, tokens, adminSecret, webRoot, log } = parts;
  const route = createRoutes({
    storage,
    tokens,
    adminSecret,
    wrongSecrets: new WrongSecrets(() => clock.monotonicUs() / 1000),
    recording,
    files,
    paths: new DataPaths(config.dataDir),
    webRoot,
    baseUrl,
    timeZone: config.timeZone,
    wallMs: () => clock.wallMs(),
    log,
  });
  let fileAnswers = 0;

  const answer = async (res: HttpResponse, life: ResponseLife, request: HttpRequest): Promise<void> => {
    const reply = await route(request);
    const { body } = reply;
    if (body.kind === 'bytes') {
      if (life.aborted) return;
      request.stream?.discard();
      res.cork(() => sendReply(res, request.method, reply, leavesTooMuch(request, reply, files.maxBytes)));
      return;
    }
    const headOnly = request.method === 'HEAD';
    if (life.aborted || headOnly || fileAnswers >= MAX_FILE_ANSWERS) {
      await body.part.file.close();
      if (life.aborted) return;
      const full = errorReply(new AppError('server_busy', 'Too many downloads at once; try again.', { status: 503 }));
      res.cork(() => {
        if (!headOnly) {
          sendReply(res, request.method, full);
          return;
        }
        writeHeaders(res, reply);
        endWithLength(res, body.part.lengthBytes);
      });
      return;
    }
    fileAnswers++;
    try {
      res.cork(() => writeHeaders(res, reply));
      await streamFile(body.part, res, life);
    } finally {
      fileAnswers--;
    }
  };

  app.any('/*', (res, req) => {
    const life = new ResponseLife();
    res.onAborted(() => life.abort());
    const request = readRequest(res, req);
    const failed = (error: unknown): void => log.error({ err: error, path: request.path }, 'an HTTP answer failed');
    if (takesStream(request)) {
      const stream = new BodyStream(res);
      life.onAbort = () => stream.lost();
      // The chunk is taken away when this returns.
      res.onData((chunk, isLast) => stream.push(Buffer.from(chunk.slice(0)), isLast));
      answer(res, life, { ...request, stream }).catch(failed);
      return;
    }
    if (!WITH_BODY.has(request.method)) {
      answer(res, life, request).catch(failed);
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    res.onData((chunk, isLast) => {
      bytes += chunk.byteLength;
      if (bytes > MAX_BODY_BYTES) {
        if (life.aborted) return;
        life.abort();
        const tooLong = errorReply(new AppError('body_too_long', `A body has at most ${MAX_BODY_BYTES} bytes.`, { status: 413 }));
        res.cork(() => sendReply(res, request.method, tooLong, true));
        return;
      }
      // The chunk is taken away when this returns.
      chunks.push(Buffer.from(chunk.slice(0)));
      if (isLast) answer(res, life, { ...request, body: Buffer.concat(chunks) }).catch(failed);
    });
  });
}

/** Copies what routes may need; `req` is gone when its handler returns. */
function readRequest(res: HttpResponse, req: UwsRequest): HttpRequest {
  const headers = new Map<string, string>();
  req.forEach((name, value) => headers.set(name, value));
  const address = new Uint8Array(res.getRemoteAddress());
  return {
    method: req.getCaseSensitiveMethod().toUpperCase(),
    path: req.getUrl(),
    query: new URLSearchParams(req.getQuery()),
    header: (name) => headers.get(name) ?? '',
    address: Buffer.from(address.length === 16 && !isMapped(address) ? address.subarray(0, 8) : address).toString('hex'),
    fromLoopback: isLoopback(address),
    body: new Uint8Array(0),
    stream: null,
  };
}

/** A browser reads a refusal when it has sent its whole body; strangers, and what is too large for any file, are cut off. */
function leavesTooMuch({ stream, header }: HttpRequest, { status }: HttpReply, maxFileBytes: number): boolean {
  const isStranger = status === 401 || status === 403;
  return stream !== null && status >= 400 && !(Number(header('content-length') || NaN) <= (isStranger ? MAX_BODY_BYTES : maxFileBytes));
}

/** 127.0.0.0/8, ::1 and the former inside IPv6 (RFC 4291 section 2.5.5.2). */
function isLoopback(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] === 127;
  if (address.length !== 16) return false;
  if (isMapped(address)) return address[12] === 127;
  return address.subarray(0, 15).every((byte) => byte === 0) && address[15] === 1;
}

/** IPv4 inside IPv6. */
function isMapped(address: Uint8Array): boolean {
  return address.subarray(0, 10).every((byte) => byte === 0) && address[10] === 255 && address[11] === 255;
}

function writeHeaders(res: HttpResponse, reply: HttpReply): void {
  res.writeStatus(statusLine(reply.status));
  for (const [name, value] of Object.entries({ ...SECURITY_HEADERS, ...reply.headers })) res.writeHeader(name, value);
}

/** A reply whose body is in memory. Has to run in the handler or in `cork`. */
function sendReply(res: HttpResponse, method: string, reply: HttpReply, closeConnection = false): void {
  if (reply.body.kind !== 'bytes') throw new Error('a file is not sent at once');
  const { bytes } = reply.body;
  writeHeaders(res, reply);
  // RFC 9110 section 8.6: these two carry no Content-Length.
  if (reply.status === 204 || reply.status === 304) res.endWithoutBody();
  else if (method === 'HEAD') endWithLength(res, Buffer.byteLength(bytes));
  else res.end(bytes, closeConnection);
}

/** HEAD. Told the length, `endWithoutBody` would wait for so many bytes, and the connection's next request would close it. */
function endWithLength(res: HttpResponse, bytes: number): void {
  res.writeHeader('content-length', String(bytes));
  res.endWithoutBody();
}
