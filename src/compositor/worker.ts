import type { MessagePort } from 'node:worker_threads';
import { AppError, messageOf } from '../core/errors.js';
import { Composition } from './compose.js';
import type { ComposeJob, FromWorker, ToWorker } from './messages.js';

/** The task of the pool: one recording for its whole life. It tells all it has to say on `port`, and closes it. */
export default async function compose({ job, port }: { job: ComposeJob; port: MessagePort }): Promise<void> {
  const say = (message: FromWorker): void => port.postMessage(message);
  const composition = new Composition(job, {
    onProgress: (progress) => say({ kind: 'progress', ...progress }),
  });
  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'grown':
        composition.grown();
        return;
      case 'still':
        void composition.still().then((ok) => say({ kind: 'still', ok }));
        return;
      case 'abort':
        composition.abort();
        return;
    }
  });
  // The pool learns by it that the task has its slot.
  say({ kind: 'progress', frames: 0, lagMs: 0, cores: null });
  try {
    say({ kind: 'done', report: await composition.run() });
  } catch (error) {
    say({ kind: 'failed', code: error instanceof AppError ? error.code : 'compositor_failed', message: messageOf(error) });
  } finally {
    port.close();
  }
}
