import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { root, say } from './process.mjs';

const FILE = join(root, '.cache', 'build.lock');
const POLL_MS = 200;

/** Runs `work` while no other script builds in this checkout. The lock of a process that is gone is taken over. */
export async function exclusively(work) {
  mkdirSync(dirname(FILE), { recursive: true });
  let told = false;
  while (!take()) {
    if (!told) say('Waiting for another build in this checkout...');
    told = true;
    await setTimeout(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(FILE, { force: true });
  }
}

function take() {
  try {
    writeFileSync(FILE, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (holderIsAlive()) return false;
    rmSync(FILE, { force: true });
    return take();
  }
}

function holderIsAlive() {
  let pid = 0;
  try {
    pid = Number(readFileSync(FILE, 'utf8'));
    // An empty file is a lock whose holder is just about to write its number.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
