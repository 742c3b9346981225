import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * The program of a GStreamer child; one pipeline a process, for the binding keeps V8 handles in static
 * variables and holds a thread of the pool for the bus.
 *
 *   process.js probe ELEMENT...     prints `GstreamerProbe` as JSON
 *   process.js encode DESCRIPTION   runs a pipeline on the descriptors 0 and 1 until its end, exit code 0; an
 *                                   error goes to standard error, exit code 1
 *
 * While it encodes, nothing here may touch `process.stdin` and `process.stdout`: the pipeline has them.
 */

/** The part of gstreamer-superficial that is used. */
interface Binding {
  /** Throws where the description has an element or a property that is not there. */
  Pipeline: new (description: string) => {
    play(): void;
    stop(): void;
    pollBus(onMessage: (message: { type: string; name?: string; message?: string }) => void): void;
  };
}

export interface GstreamerProbe {
  /** E.g. `1.22.0`. */
  version: string;
  /** Those of the elements asked for that are there. */
  elements: string[];
}

const binding = createRequire(import.meta.url)('gstreamer-superficial') as Binding;

function probe(elements: string[]): GstreamerProbe {
  const isThere = (element: string): boolean => {
    try {
      // A second element makes it a pipeline.
      return Boolean(new binding.Pipeline(`${element} fakesink`));
    } catch {
      return false;
    }
  };
  return { version: libraryVersion(), elements: elements.filter(isThere) };
}

/** From the library's file, libgstreamer-1.0.so.0.2203.0 being 1.22.3. */
function libraryVersion(): string {
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  const library = sharedObjects.find((path) => path.includes('/libgstreamer-1.0.so'));
  const number = Number(/\.so\.0\.(\d+)\./.exec(library ? realpathSync(library) : '')?.[1] ?? NaN);
  return Number.isNaN(number) ? '1' : `1.${Math.floor(number / 100)}.${number % 100}`;
}

function encode(description: string): void {
  const pipeline = new binding.Pipeline(description);
  pipeline.pollBus(({ type, name, message }) => {
    if (type === 'eos') {
      pipeline.stop();
      process.exit(0);
    }
    if (type === 'error') fail(`${name?.split('/').at(-1) ?? 'GStreamer'}: ${message ?? 'failed'}`);
  });
  pipeline.play();
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const [command, ...rest] = process.argv.slice(2);
try {
  if (command === 'probe') process.stdout.write(JSON.stringify(probe(rest)));
  else encode(rest[0] ?? '');
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
