import t from 'tap';
import { filesUrl, parseRoute } from '../../../web/src/ui/parse-route.js';

t.test('addresses mean pages', async (t) => {
  t.same(parseRoute('/', '', ''), { page: 'home' });
  t.same(parseRoute('/r/abc_-9', '', '#t=a.b.c'), { page: 'room', roomId: 'abc_-9', token: 'a.b.c' });
  t.same(parseRoute('/r/abc', '?t=leaked', ''), { page: 'room', roomId: 'abc', token: '' }, 'a token in the query is no token');
  t.same(parseRoute('/files', '?room=abc', ''), { page: 'files', roomId: 'abc', fileId: null });
  t.same(parseRoute('/files', '', ''), { page: 'files', roomId: '', fileId: null });
  for (const path of ['/r/', '/r/a/b', '/r/..%2f', '/nothing']) t.same(parseRoute(path, '', ''), { page: 'unknown' }, path);
});

t.test('the address of a file is read back', async (t) => {
  const url = new URL(filesUrl('abc', 'f1'), 'http://x');
  t.same(parseRoute(url.pathname, url.search, url.hash), { page: 'files', roomId: 'abc', fileId: 'f1' });
});
