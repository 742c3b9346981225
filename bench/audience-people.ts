import { Bot } from '../test/support/bot.js';

/** People who come into a room's audience and stay, their connections kept alive: driven and ended by its parent. */
const PING_EVERY_MS = 20_000;

const [port = '', token = '', count = '0'] = process.argv.slice(2);
const people: Bot[] = [];
process.on('disconnect', () => process.exit());
for (let at = 0; at < Number(count); at++) {
  const bot = await Bot.join(Number(port), token, `Person ${at}`);
  if (bot.joined.members.find(({ memberId }) => memberId === bot.memberId)?.onStage) throw new Error('The audience is on stage.');
  people.push(bot);
  for (const one of people) one.facts.length = 0;
}
let next = 0;
setInterval(() => {
  const bot = people[next++ % people.length];
  if (bot?.gone) throw new Error('Somebody was thrown out.');
  void bot?.request({ type: 'ping' });
}, PING_EVERY_MS / people.length);
process.send?.('here');
