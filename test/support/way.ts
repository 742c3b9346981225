import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The way between people and a server, for signaling and media, that can be cut: then nothing passes, no connection
 * ends, and datagrams are lost, as where Wi-Fi is gone. What TCP has taken until then arrives when it is whole again.
 */
export class Way {
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly #tcp: Server;
  readonly #udp: UdpSocket;
  readonly #sockets = new Set<Socket>();
  readonly #upstream = new Map<string, UdpSocket>();
  #cut = false;

  private constructor(tcp: Server, udp: UdpSocket, to: { tcpPort: number; udpPort: number }) {
    this.#tcp = tcp;
    this.#udp = udp;
    this.tcpPort = (tcp.address() as { port: number }).port;
    this.udpPort = udp.address().port;
    tcp.on('connection', (near) => this.#join(near, connect(to.tcpPort, '127.0.0.1')));
    udp.on('message', (data, from) => this.#datagram(data, from, to.udpPort));
  }

  static async open(to: { tcpPort: number; udpPort: number }): Promise<Way> {
    const tcp = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    const udp = createSocket('udp4').bind(0, '127.0.0.1');
    await Promise.all([once(tcp, 'listening'), once(udp, 'listening')]);
    return new Way(tcp, udp, to);
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  mend(): void {
    this.#cut = false;
    for (const socket of this.#sockets) socket.resume();
  }

  close(): void {
    this.#tcp.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#udp.close();
    for (const socket of this.#upstream.values()) socket.close();
  }

  #join(near: Socket, far: Socket): void {
    for (const [from, to] of [[near, far], [far, near]] as const) {
      this.#sockets.add(from);
      from.on('data', (data) => to.write(data));
      from.on('end', () => to.end());
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#cut) from.pause();
      else from.resume();
    }
  }

  #datagram(data: Uint8Array, from: { address: string; port: number }, serverPort: number): void {
    if (this.#cut) return;
    const key = `${from.address}:${from.port}`;
    let socket = this.#upstream.get(key);
    if (!socket) {
      socket = createSocket('udp4');
      socket.on('message', (back) => {
        if (!this.#cut) this.#udp.send(back, from.port, from.address);
      });
      this.#upstream.set(key, socket);
    }
    socket.send(data, serverPort, '127.0.0.1');
  }
}

/** A UDP port that is free now. */
export async function freeUdpPort(): Promise<number> {
  const probe = createSocket('udp4').bind(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise<void>((resolve) => probe.close(resolve));
  return port;
}

/** Points the candidates of the server's description at another port of this machine. */
export function withMediaPort(sdp: string, port: number): string {
  const lines = sdp.split('\r\n').filter((line) => !line.startsWith('a=candidate:') || line.startsWith('a=candidate:1 '));
  return lines.join('\r\n').replace(/(a=candidate:1 1 udp \d+) \S+ \d+ typ host/g, `$1 127.0.0.1 ${port} typ host`);
}
