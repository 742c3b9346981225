/**
 * Reads the TAP that one test file writes. A test is a top-level point of the file (`t.test(...)`, or an
 * assertion outside of any). Skipped and unfinished tests at any depth count as failed: what cannot run
 * is missing, not fine.
 */
export class TapCounter {
  passed = 0;
  /** Names of the failed tests. */
  failed = [];
  #skippedBelow = '';
  #planned = -1;
  #rest = '';

  push(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** To call when the process has ended; what is wrong with the file as a whole becomes a failure of its own. */
  end({ code, signal, timedOut }) {
    if (this.#rest) this.#line(this.#rest);
    const points = this.passed + this.failed.length;
    if (timedOut) this.failed.push('took too long and was ended');
    else if (signal !== null) this.failed.push(`ended by ${signal}`);
    else if (points === 0) this.failed.push('no test ran');
    else if (this.#planned !== points) this.failed.push(`${this.#planned} tests planned, ${points} ran`);
    else if (code !== 0 && this.failed.length === 0) this.failed.push(`exit code ${code}`);
  }

  #line(line) {
    const plan = /^1\.\.(\d+)/.exec(line);
    if (plan) this.#planned = Number(plan[1]);
    const point = /^((?: {4})*)(not )?ok \d+(?: - (.*?))?(?: \{)?$/.exec(line);
    if (!point) return;
    const [, indent, not, name = ''] = point;
    const excused = /#\s*(skip|todo)\b/i.test(name);
    if (indent !== '') {
      if (excused) this.#skippedBelow = name;
      return;
    }
    if (not || excused) this.failed.push(name);
    else if (this.#skippedBelow) this.failed.push(`${name}: ${this.#skippedBelow}`);
    else this.passed += 1;
    this.#skippedBelow = '';
  }
}
