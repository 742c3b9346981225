import { rename, rm, writeFile } from 'node:fs/promises';
import type { PackedPicture } from './picture.js';
import { runFfmpeg } from './encoders/run-ffmpeg.js';

/** Writes one canvas as a JPEG, its longer side 1280 px. False where that failed, which costs nobody the movie. */
export async function writePoster(ffmpegPath: string, canvas: PackedPicture, posterPath: string): Promise<boolean> {
  const { width, height } = canvas;
  const posterSize = width > height ? '1280:720' : '720:1280';
  const unfinished = `${posterPath}.part`;
  try {
    const jpeg = await runFfmpeg(
      ffmpegPath,
      [
        ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-i', 'pipe:0'],
        ...['-vf', `scale=${posterSize}:out_range=pc,format=yuvj420p`, '-frames:v', '1'],
        ...['-c:v', 'mjpeg', '-q:v', '4', '-f', 'image2pipe', 'pipe:1'],
      ],
      canvas.bytes,
    );
    await writeFile(unfinished, jpeg);
    await rename(unfinished, posterPath);
    return true;
  } catch {
    await rm(unfinished, { force: true });
    return false;
  }
}
