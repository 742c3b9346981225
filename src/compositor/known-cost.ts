import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What recordings cost on a machine, kept from one start of the server to the next. */
interface KnownCost {
  /** It holds as long as the machine is as it is described. */
  machine: string;
  coresPerRecording: number;
}

interface CostFile {
  file: string;
  machine: string;
}

/** Null where nothing is known of this machine. */
export function recallCost({ file, machine }: CostFile): number | null {
  try {
    const known = JSON.parse(readFileSync(file, 'utf8')) as KnownCost;
    const usable = known.machine === machine && known.coresPerRecording > 0 && known.coresPerRecording < 64;
    return usable ? known.coresPerRecording : null;
  } catch {
    return null;
  }
}

/** What cannot be written is measured again. */
export function rememberCost({ file, machine }: CostFile, coresPerRecording: number): void {
  try {
    const known: KnownCost = { machine, coresPerRecording: Math.round(coresPerRecording * 1000) / 1000 };
    writeFileSync(`${file}.part`, `${JSON.stringify(known)}\n`);
    renameSync(`${file}.part`, file);
  } catch {
    // A full disk is no reason not to compose.
  }
}
