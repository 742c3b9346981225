import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Where the media port listens, and what clients are told of it. */
export interface HostAddresses {
  /** Address that the socket binds. */
  bind: string;
  /** IP addresses for ICE candidates, the preferred one first. Read anew each time: laptops move. */
  announced(): string[];
  /** Whether a check from this address may be answered. */
  accepts(address: string): boolean;
}

/**
 * With `announced` addresses those are told. A wildcard host tells the machine's own, loopback last.
 * A loopback host serves this machine alone, but its browsers by all of the machine's addresses:
 * Firefox uses no loopback candidates, so that 127.0.0.1 alone would leave it outside.
 */
export function hostAddresses(host: string, announced: readonly string[], interfaces = networkInterfaces): HostAddresses {
  const own = (): string[] => {
    const all = Object.values(interfaces()).flatMap((addresses) => addresses ?? []);
    const usable = all.filter((one) => !one.internal && !one.address.startsWith('fe80') && (isIPv6(host) || one.family === 'IPv4'));
    return usable.map((one) => one.address);
  };
  const loopbackHost = host === '::1' || host.startsWith('127.') || host === 'localhost';
  const wildcard = host === '0.0.0.0' || host === '::';
  const loopback = wildcard || host === 'localhost' ? '127.0.0.1' : host;
  const derived = (): string[] => {
    if (wildcard) return [...own(), loopback];
    return loopbackHost ? [loopback, ...own()] : [host];
  };
  return {
    bind: loopbackHost ? (isIPv6(host) ? '::' : '0.0.0.0') : host,
    announced: () => (announced.length > 0 ? [...announced] : derived()),
    accepts: (address) => {
      if (!loopbackHost) return true;
      const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
      return plain.startsWith('127.') || plain === '::1' || own().includes(plain);
    },
  };
}
