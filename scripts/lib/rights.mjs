import { accessSync, constants, existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { ScriptError } from './process.mjs';

/** What a build writes to. It is root's where root was the first to start. */
const WRITTEN = ['.', '.cache', 'node_modules', 'dist', 'native', 'native/build'];

/** Throws a `ScriptError` with the one command to run when this user may not build in the checkout. */
export function checkRights(checkout) {
  const closed = WRITTEN.map((name) => join(checkout, name)).find((folder) => existsSync(folder) && !isWritable(folder));
  if (closed === undefined) return;
  const user = userInfo().username;
  const command = `chown -R ${user} ${quoted(checkout)}`;
  const asRoot = existsSync('/usr/bin/sudo') ? `sudo ${command}` : `su -c ${quoted(command)}`;
  throw new ScriptError(`${user} may not write to ${closed}. Run this once, then start again:\n    ${asRoot}`);
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** As one word of a shell. */
function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
