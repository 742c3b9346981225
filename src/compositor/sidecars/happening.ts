/** Something that happened, at a recorded time. Names are in `people`, never here. */
export type Happening =
  | { kind: 'content-on' | 'content-off'; atMs: number; memberId: string }
  | { kind: 'highlight-on' | 'highlight-off'; atMs: number; memberId: string }
  /** Nothing was recorded for so long. */
  | { kind: 'pause'; atMs: number; lengthMs: number }
  /** Someone pressed *Mark this moment*. */
  | { kind: 'mark'; atMs: number; memberId: string; label: string }
  | { kind: 'stage-on' | 'stage-off'; atMs: number; memberId: string }
  | { kind: 'camera-on' | 'camera-off' | 'microphone-on' | 'microphone-off'; atMs: number; memberId: string };

/** What somebody wrote, at a recorded time. In a pause: at its place. */
export interface ChatLine {
  atMs: number;
  memberId: string;
  name: string;
  text: string;
}

/** Somebody speaks without a longer pause. */
export interface SpokenTurn {
  memberId: string;
  startMs: number;
  endMs: number;
}
