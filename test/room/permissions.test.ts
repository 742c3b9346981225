import fc from 'fast-check';
import t from 'tap';
import { ROLES } from '../../src/core/roles.js';
import { isMobileUserAgent, may, type Action } from '../../src/room/permissions.js';

const who = fc.record({ role: fc.constantFrom(...ROLES), mobile: fc.boolean() });

t.test('each role may what the specification says', async (t) => {
  const table: [Action, string][] = [
    ['recording.control', 'host moderator'],
    ['stage.control', 'host moderator'],
    ['highlight', 'host moderator'],
    ['layout', 'host moderator'],
    ['session.end', 'host moderator'],
    ['role.change', 'host'],
    ['files.list', 'host moderator'],
    ['files.change', 'host moderator'],
    ['files.open', 'host'],
  ];
  for (const [action, roles] of table) {
    t.equal(ROLES.filter((role) => may({ role, mobile: false }, action)).join(' '), roles, action);
  }
});

t.test('nobody on a mobile client controls a recording, and nothing else depends on it (P3)', async () => {
  fc.assert(fc.property(who, ({ role }) => !may({ role, mobile: true }, 'recording.control')));
  const others = fc.constantFrom<Action>('highlight', 'layout', 'session.end', 'role.change', 'files.list', 'files.change', 'files.open');
  fc.assert(fc.property(who, others, ({ role }, action) => may({ role, mobile: true }, action) === may({ role, mobile: false }, action)));
});

t.test('a mobile browser is known by its User-Agent', async (t) => {
  const mobile = [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0',
    'Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1',
  ];
  const desktop = [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
    '',
  ];
  for (const agent of mobile) t.ok(isMobileUserAgent(agent), agent);
  for (const agent of desktop) t.notOk(isMobileUserAgent(agent), agent);
});
