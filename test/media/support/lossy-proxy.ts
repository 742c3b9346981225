import { createSocket, type Socket } from 'node:dgram';

/** What a link does to datagrams, the same both ways. */
export interface Link {
  /** 0 to 1. */
  loss: number;
  /** Seed of the loss, so that a failure can be repeated. */
  seed: number;
}

export interface LossyProxy {
  port: number;
  passed(): number;
  lost(): number;
  /** Points the candidates of a session description at the proxy. */
  rewrite(sdp: string): string;
  close(): void;
}

/** A UDP proxy in front of the media port that loses datagrams; each client gets an upstream socket of its own. */
export async function lossyProxy(serverPort: number, link: Link): Promise<LossyProxy> {
  let state = link.seed >>> 0;
  let passed = 0;
  let lost = 0;
  const loses = (): boolean => {
    // A linear congruential generator (Numerical Recipes): plain, seeded and good enough for loss.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const loses = state / 2 ** 32 < link.loss;
    if (loses) lost += 1;
    else passed += 1;
    return loses;
  };
  const front = createSocket('udp4');
  const upstream = new Map<string, Socket>();
  front.on('message', (data, from) => {
    const key = `${from.address}:${from.port}`;
    let socket = upstream.get(key);
    if (socket === undefined) {
      socket = createSocket('udp4');
      socket.on('message', (back) => {
        if (!loses()) front.send(back, from.port, from.address);
      });
      upstream.set(key, socket);
    }
    if (!loses()) socket.send(data, serverPort, '127.0.0.1');
  });
  await new Promise<void>((resolve) => front.bind(0, '127.0.0.1', resolve));
  const { port } = front.address();
  return {
    port,
    passed: () => passed,
    lost: () => lost,
    rewrite: (sdp) => {
      // One candidate only, the proxy's.
      const lines = sdp.split('\r\n').filter((line) => !line.startsWith('a=candidate:') || line.startsWith('a=candidate:1 '));
      return lines.join('\r\n').replace(/(a=candidate:1 1 udp \d+) \S+ \d+ typ host/g, `$1 127.0.0.1 ${port} typ host`);
    },
    close: () => {
      front.close();
      for (const socket of upstream.values()) socket.close();
    },
  };
}
