import t from 'tap';
import { fileTypeOf } from '../../src/core/file-types.js';

const bytes = (text: string): Uint8Array => Buffer.from(text.padEnd(64, '\0'), 'latin1');

t.test('a file is what its first bytes say', async (t) => {
  const table: [string, string | null][] = [
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
    ['%PDF-1.7', 'application/pdf'],
    ['\0\0\0\x20ftypisom', 'video/mp4'],
    ['\0\0\0\x20ftypM4V ', 'video/mp4'],
    ['\x1aE\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm', 'video/webm'],
    ['', null],
    ['<!doctype html><script>', null],
    ['<svg xmlns="http://www.w3.org/2000/svg">', null],
    ['GIF89a', null],
    ['RIFF\x10\0\0\0WAVE', null],
    ['\0\0\0\x20ftypheic', null],
    ['\0\0\0\x20ftypavif', null],
    ['\0\0\0\x20ftypM4A ', null],
    ['\x1aE\xdf\xa3\x9f\x42\x82\x88matroska', null],
    [' %PDF-1.7', null],
    ['PK\x03\x04', null],
    ['MZ', null],
  ];
  for (const [head, type] of table) t.equal(fileTypeOf(bytes(head)), type, JSON.stringify(head));
  t.equal(fileTypeOf(new Uint8Array(0)), null);
  t.equal(fileTypeOf(Buffer.from('\xff\xd8\xff', 'latin1')), 'image/jpeg', 'a short one is looked at, too');
});
