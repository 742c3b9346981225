import { setTimeout as wait } from 'node:timers/promises';
import type { Bot } from '../test/support/bot.js';
import { enter, inHouse } from './house.js';
import { cpuOfAll } from './processes.js';
import type { Measurement } from './trial.js';

const ROOMS = 10;
const PEOPLE = 10;
/** Of each person: below what the server lets through. */
const REQUESTS_PER_S = 5;
const SECONDS = 10;

/**
 * Messages that the real server reads and sends for a second of its CPU: people in ten rooms raise their hands and take
 * them down, which each time is told to everybody in the room.
 */
export function signalingRate(): Promise<Measurement> {
  return inHouse(async (house) => {
    const people: Bot[] = [];
    for (let at = 0; at < ROOMS; at++) {
      const room = await house.room();
      for (let person = 0; person < PEOPLE; person++) people.push(await enter(house, person === 0 ? room.hostUrl : room.participantUrl, `Person ${person}`));
    }
    await wait(1000);
    for (const bot of people) bot.facts.length = 0;
    const cpuBefore = cpuOfAll([house.server.pid]);
    let [raised, asked, told] = [false, 0, 0];
    const startMs = performance.now();
    for (let round = 0; round < SECONDS * REQUESTS_PER_S; round++) {
      raised = !raised;
      const answers = await Promise.all(people.map((bot) => bot.request({ type: 'raise-hand', raised })));
      if (answers.some(({ type }) => type !== 'ok')) throw new Error('A request was refused.');
      asked += people.length;
      for (const bot of people) told += bot.facts.splice(0).length;
      await wait(Math.max(0, startMs + ((round + 1) * 1000) / REQUESTS_PER_S - performance.now()));
    }
    const seconds = (performance.now() - startMs) / 1000;
    const cpuS = cpuOfAll([house.server.pid]) - cpuBefore;
    for (const bot of people) told += bot.facts.length;
    for (const bot of people) bot.close();
    const messages = 2 * asked + told;
    return { value: messages / cpuS, also: { messagesPerS: messages / seconds, people: people.length, cpuUsEach: (cpuS * 1e6) / messages } };
  });
}
