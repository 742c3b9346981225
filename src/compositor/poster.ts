import { rename, rm, writeFile } from 'node:fs/promises';
import { CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX } from './format.js';
import { runFfmpeg } from './encoders/run-ffmpeg.js';

/** Writes one canvas as a JPEG of 1280x720. False where that failed, which costs nobody the movie. */
export async function writePoster(ffmpegPath: string, canvas: Uint8Array, posterPath: string): Promise<boolean> {
  const unfinished = `${posterPath}.part`;
  try {
    const jpeg = await runFfmpeg(
      ffmpegPath,
      [
        ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${CANVAS_WIDTH_PX}x${CANVAS_HEIGHT_PX}`, '-i', 'pipe:0'],
        ...['-vf', 'scale=1280:720:out_range=pc,format=yuvj420p', '-frames:v', '1'],
        ...['-c:v', 'mjpeg', '-q:v', '4', '-f', 'image2pipe', 'pipe:1'],
      ],
      canvas,
    );
    await writeFile(unfinished, jpeg);
    await rename(unfinished, posterPath);
    return true;
  } catch {
    await rm(unfinished, { force: true });
    return false;
  }
}
