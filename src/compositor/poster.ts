import { rename, rm, writeFile } from 'node:fs/promises';
import type { PackedPicture } from './picture.js';
import { runFfmpeg } from './encoders/run-ffmpeg.js';

/** Writes one canvas as a JPEG, its longer side 1280 px. False where that failed, which costs nobody the movie. */
export function writePoster(ffmpegPath: string, canvas: PackedPicture, posterPath: string): Promise<boolean> {
  return writeJpeg(ffmpegPath, canvas, posterPath, canvas.width > canvas.height ? '1280:720' : '720:1280');
}

/** Writes a picture as a JPEG (which is of BT.601), of `size` (ffmpeg's `scale`) where it is said. False where that failed. */
export async function writeJpeg(ffmpegPath: string, { width, height, bytes }: PackedPicture, path: string, size = `${width}:${height}`): Promise<boolean> {
  const unfinished = `${path}.part`;
  try {
    const jpeg = await runFfmpeg(
      ffmpegPath,
      [
        ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-i', 'pipe:0'],
        ...['-vf', `scale=${size}:in_color_matrix=bt709:out_color_matrix=bt601:in_range=tv:out_range=pc,format=yuvj420p`, '-frames:v', '1'],
        ...['-c:v', 'mjpeg', '-q:v', '4', '-f', 'image2pipe', 'pipe:1'],
      ],
      bytes,
    );
    await writeFile(unfinished, jpeg);
    await rename(unfinished, path);
    return true;
  } catch {
    await rm(unfinished, { force: true });
    return false;
  }
}
