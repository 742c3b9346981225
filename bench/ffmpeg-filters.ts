import { PRESET, tilesOf, type Meeting } from './meeting.js';

/** The arguments of ffmpeg for a meeting's movie: the same picture by its decoders, crop, scale and overlay, the same encoder settings. */
export function filterArgs(meeting: Meeting, target: string): string[] {
  const { stage, cameras, voices, seconds } = meeting;
  const tiles = tilesOf(meeting);
  const scaled = tiles.map(({ trackId, rect, crop: { x, y, width, height } }) => {
    return `[${trackId}:v]crop=${width}:${height}:${x}:${y},scale=${rect.width}:${rect.height}[s${trackId}]`;
  });
  const overlaid = tiles.map(({ trackId, rect }, index) => {
    const onto = index === 0 ? '[canvas]' : `[o${index - 1}]`;
    return `${onto}[s${trackId}]overlay=${rect.x}:${rect.y}:shortest=1[o${index}]`;
  });
  const firstVoice = 1 + cameras.length;
  const filter = [
    `color=c=0x0c0d10:s=1920x1080:r=30:d=${seconds}[canvas]`,
    ...scaled,
    ...overlaid,
    `${voices.map((_, index) => `[${firstVoice + index}:a]`).join('')}amix=inputs=${voices.length}:normalize=0[sound]`,
  ];
  return [
    ...['-v', 'error', '-nostdin', '-y'],
    ...[stage, ...cameras, ...voices].flatMap(({ path }) => ['-threads', '1', '-i', path]),
    ...['-filter_complex_threads', '1', '-filter_complex', filter.join(';')],
    ...['-map', `[o${tiles.length - 1}]`, '-map', '[sound]', '-t', String(seconds), '-r', '30', '-pix_fmt', 'yuv420p'],
    ...[...x264Args(), '-c:a', 'aac', '-b:a', '160k', target],
  ];
}

/** Our encoder's settings, as ffmpeg is told them. */
export function x264Args(): string[] {
  return [
    ...['-c:v', 'libx264', '-profile:v', 'high', '-preset', PRESET, '-threads', '1', '-bf', '0', '-crf', '23'],
    ...['-maxrate', '12000k', '-bufsize', '24000k', '-x264-params', 'rc-lookahead=0:sync-lookahead=0:mbtree=0'],
  ];
}
