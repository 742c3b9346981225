import { native } from '../../native/index.js';
import { Engine } from '../../src/compositor/engine.js';
import { Painter } from '../../src/compositor/painter.js';
import { createPicture } from '../../src/compositor/picture.js';
import { canvasSize } from '../../src/core/layouts.js';
import { readJournal } from '../../src/journal/reader.js';
import type { Sighting } from './movie-analysis.js';
import { colourIn, LOOK_HEIGHT, LOOK_WIDTH, onCanvas, readMark, seesFlash, type MovieFrame, type Placement } from './movie-frames.js';
import { CAMERA, SCREEN } from './pattern.js';

/** A tile in one frame of the movie: what is seen in it, and whether its stream was stalled then (V8). */
export interface TileSighting extends Sighting {
  stalled: boolean;
}

export interface ComposedMovie {
  frames: number;
  /** Of each canvas, where they were asked for. */
  hashes: string[];
  /** By track id. Frames in which tiles move are left out. */
  tiles: Map<string, TileSighting[]>;
  /** Interleaved stereo, 48 kHz, as it goes to the encoder. */
  sound: Float32Array;
}

const LIMITS = { x: 0, y: 0, width: LOOK_WIDTH, height: LOOK_HEIGHT };

/**
 * A journal through the engine and the painter, looked at on the canvas: as `observe` sees it in the movie, without
 * what two codecs cost. Tiles are looked at where the engine says that they are.
 */
export async function composedFrames(dir: string, { hashed = false } = {}): Promise<ComposedMovie> {
  const engine = new Engine({ native: native(), layout: null, canvas: canvasSize('stage'), firstFrame: 0 });
  const painter = new Painter();
  const small = createPicture(LOOK_WIDTH, LOOK_HEIGHT);
  const movie: ComposedMovie = { frames: 0, hashes: [], tiles: new Map(), sound: new Float32Array(0) };
  const sounds: Float32Array[] = [];
  const make = (): void => {
    const made = engine.make();
    if (!made) throw new Error('a frame was passed over');
    if (made.number !== movie.frames) throw new Error(`frame ${made.number} comes after ${movie.frames}`);
    movie.frames++;
    sounds.push(made.sound.slice());
    const pictures = new Map(made.tiles.map(({ trackId }) => [trackId, made.pictureOf(trackId)]));
    painter.paint(made.tiles, (trackId) => pictures.get(trackId) ?? null, null, made.moving);
    if (hashed) movie.hashes.push(painter.hash());
    if (made.moving) return;
    native().scale(small, LIMITS, painter.canvas, { x: 0, y: 0, width: painter.canvas.width, height: painter.canvas.height }, true);
    const frame = { index: made.number, timeMs: (made.number * 1000) / 30, planes: small.bytes };
    for (const { trackId, rect, crop, kind } of made.tiles) {
      const picture = pictures.get(trackId) ?? null;
      const [x, y] = [rect.width / crop.width, rect.height / crop.height];
      const size = picture ?? { width: crop.x * 2 + crop.width, height: crop.y * 2 + crop.height };
      const on = { x: rect.x - crop.x * x, y: rect.y - crop.y * y, widthPx: size.width * x, heightPx: size.height * y };
      const seen = movie.tiles.get(trackId) ?? [];
      seen.push(look(frame, { source: kind === 'content' ? SCREEN : CAMERA, on }, kind, picture === null));
      movie.tiles.set(trackId, seen);
    }
  };
  try {
    const reader = readJournal(dir);
    for await (const record of reader) {
      while (engine.due(record.timeUs)) make();
      engine.accept(record);
    }
    engine.end(reader.end?.timeUs ?? 0);
    while (engine.due(Infinity)) make();
  } finally {
    engine.close();
  }
  movie.sound = joined(sounds);
  return movie;
}

function look(frame: MovieFrame, placement: Placement, kind: string, stalled: boolean): TileSighting {
  const { mark, plain } = kind === 'content' ? SCREEN : CAMERA;
  const reading = readMark(frame, placement, mark);
  return {
    movieMs: frame.timeMs,
    frame: reading?.value ?? null,
    flash: kind !== 'content' && reading !== null && seesFlash(frame, placement, reading),
    colour: colourIn(frame, onCanvas(placement, plain)),
    stalled,
  };
}

function joined(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
