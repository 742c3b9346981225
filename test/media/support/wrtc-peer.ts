import { fork } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../../src/core/paths.js';
import type { PublishedSection } from '../../../src/media/types.js';
import type { Peer, PeerStats } from './peer.js';

/** Starts a libwebrtc peer in a child process. */
export function wrtcPeer(): Peer {
  const child = fork(join(packageRoot, 'test', 'media', 'support', 'wrtc-child.mjs'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let next = 0;
  child.on('message', (message: { id: number; result?: unknown; error?: string }) => {
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) call?.resolve(message.result);
    else call?.reject(new Error(message.error));
  });
  child.on('exit', () => {
    for (const call of waiting.values()) call.reject(new Error('the peer has ended'));
    waiting.clear();
  });
  const call = (name: string, ...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      child.send({ id, name, args });
    });
  return {
    offer: async (options = {}) => (await call('offer', options)) as { sdp: string; sections: PublishedSection[] },
    answered: async (sdp) => void (await call('answered', sdp)),
    answer: async (sdp) => (await call('answer', sdp)) as string,
    stats: async (side) => (await call('stats', side)) as PeerStats,
    close: async () => {
      await call('close').catch(() => {});
      if (child.exitCode !== null) return;
      await new Promise<void>((resolve) => {
        child.once('exit', () => resolve());
        child.disconnect();
      });
    },
  };
}
