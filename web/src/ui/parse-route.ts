/** Which page an address means. Pure. */
export type Route =
  | { page: 'home' }
  /** The token is in the link's fragment, which browsers never send. */
  | { page: 'room'; roomId: string; token: string }
  | { page: 'files'; roomId: string; fileId: string | null }
  | { page: 'unknown' };

export function parseRoute(pathname: string, search: string, hash: string): Route {
  if (pathname === '/') return { page: 'home' };
  const room = /^\/r\/([A-Za-z0-9_-]+)\/?$/.exec(pathname);
  if (room?.[1]) return { page: 'room', roomId: room[1], token: new URLSearchParams(hash.slice(1)).get('t') ?? '' };
  if (/^\/files\/?$/.test(pathname)) {
    const query = new URLSearchParams(search);
    return { page: 'files', roomId: query.get('room') ?? '', fileId: query.get('file') };
  }
  return { page: 'unknown' };
}

/** Address of a room's Media and Files, with one file open where it is given. */
export function filesUrl(roomId: string, fileId?: string): string {
  const query = new URLSearchParams({ room: roomId, ...(fileId && { file: fileId }) });
  return `/files?${query}`;
}
