import { createRoom, ServerProcess, temporaryData, type CreatedRoom } from '../test/support/server.js';
import { Bot } from '../test/support/bot.js';
import { tokenOf } from '../test/support/publishers.js';

/** The real server as a process of its own, and people who only talk with it. */
export interface House {
  server: ServerProcess;
  port: number;
  room(settings?: object): Promise<CreatedRoom>;
}

export async function inHouse<T>(work: (house: House) => Promise<T>): Promise<T> {
  const data = await temporaryData();
  const server = await ServerProcess.start({ dataDir: data.dir, env: { REELROOM_LOG: 'error' } });
  try {
    return await work({ server, port: Number(new URL(server.url).port), room: (settings = {}) => createRoom(server, 'Bench', settings) });
  } finally {
    await server.stop();
    await data.remove();
  }
}

export function enter({ port }: House, link: string, name: string): Promise<Bot> {
  return Bot.join(port, tokenOf(link), name);
}
