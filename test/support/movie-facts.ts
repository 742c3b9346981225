import { open } from 'node:fs/promises';
import { run } from './media-tools.js';

/** What V1 of the specification speaks about, as ffprobe and the file's boxes tell it. */
export interface MovieFacts {
  video: {
    codec: string;
    profile: string;
    widthPx: number;
    heightPx: number;
    pixelFormat: string;
    sampleAspect: string;
    colour: { space: string; primaries: string; transfer: string; range: string };
    frames: number;
    startMs: number;
    /** Largest distance of a frame's time from the 30 Hz grid that begins at the first frame, ms. */
    gridErrorMs: number;
  };
  audio: { codec: string; profile: string; sampleRateHz: number; channels: number; startMs: number; durationMs: number };
  durationMs: number;
  /** Types of the top-level boxes (ISO/IEC 14496-12), in order. */
  boxes: string[];
}

interface Probe {
  streams: (Record<string, string | number> & { codec_type: string })[];
  format: { duration: string };
  packets: { pts_time: string }[];
}

export async function inspectMovie(path: string): Promise<MovieFacts> {
  const probe = JSON.parse(
    (await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', '-show_format', '-select_streams', 'v:0',
      '-show_entries', 'packet=pts_time', '-show_packets', path])).toString(),
  ) as Probe;
  const sound = JSON.parse(
    (await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', '-select_streams', 'a:0', path])).toString(),
  ) as Probe;
  const video = probe.streams[0];
  const audio = sound.streams[0];
  if (!video) throw new Error(`${path} has no picture`);
  if (!audio) throw new Error(`${path} has no sound`);
  const times = probe.packets.map((packet) => Number(packet.pts_time) * 1000).sort((a, b) => a - b);
  const first = times[0] ?? 0;
  return {
    video: {
      codec: String(video.codec_name),
      profile: String(video.profile),
      widthPx: Number(video.width),
      heightPx: Number(video.height),
      pixelFormat: String(video.pix_fmt),
      sampleAspect: String(video.sample_aspect_ratio ?? '1:1'),
      colour: {
        space: String(video.color_space ?? 'unknown'),
        primaries: String(video.color_primaries ?? 'unknown'),
        transfer: String(video.color_transfer ?? 'unknown'),
        range: String(video.color_range ?? 'unknown'),
      },
      frames: times.length,
      startMs: first,
      gridErrorMs: times.reduce((worst, time, index) => Math.max(worst, Math.abs(time - first - (index * 1000) / 30)), 0),
    },
    audio: {
      codec: String(audio.codec_name),
      profile: String(audio.profile),
      sampleRateHz: Number(audio.sample_rate),
      channels: Number(audio.channels),
      startMs: Number(audio.start_time) * 1000,
      durationMs: Number(audio.duration) * 1000,
    },
    durationMs: Number(probe.format.duration) * 1000,
    boxes: await topLevelBoxes(path),
  };
}

async function topLevelBoxes(path: string): Promise<string[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const boxes: string[] = [];
    const header = Buffer.alloc(16);
    for (let at = 0; at + 8 <= size; ) {
      await file.read(header, 0, 16, at);
      const short = header.readUInt32BE(0);
      const length = short === 1 ? Number(header.readBigUInt64BE(8)) : short === 0 ? size - at : short;
      boxes.push(header.toString('latin1', 4, 8));
      if (length < 8) throw new Error(`${path} has a box of ${length} bytes at ${at}`);
      at += length;
    }
    return boxes;
  } finally {
    await file.close();
  }
}

/** Every way in which a movie differs from V1, as sentences; none: it is as specified. */
export function departuresFromV1(facts: MovieFacts): string[] {
  const { video, audio, boxes } = facts;
  const rules: [boolean, string][] = [
    [video.codec === 'h264' && video.profile === 'High', `video is ${video.codec} ${video.profile}, not h264 High`],
    [video.widthPx === 1920 && video.heightPx === 1080, `picture is ${video.widthPx}x${video.heightPx}, not 1920x1080`],
    [video.pixelFormat === 'yuv420p', `pixel format is ${video.pixelFormat}, not yuv420p`],
    [['1:1', 'N/A'].includes(video.sampleAspect), `pixels are ${video.sampleAspect}, not square`],
    [Object.entries(video.colour).every(([what, value]) => value === (what === 'range' ? 'tv' : 'bt709')),
      `colour is ${JSON.stringify(video.colour)}, not bt709 tv`],
    // A time base of 1/90000 or 1/15360 rounds by less than a tenth of a millisecond; 1/1000 by half of one.
    [video.gridErrorMs <= 1, `a frame lies ${video.gridErrorMs.toFixed(2)} ms off the 30 Hz grid`],
    [audio.codec === 'aac' && audio.profile === 'LC', `sound is ${audio.codec} ${audio.profile}, not aac LC`],
    [audio.sampleRateHz === 48_000 && audio.channels === 2, `sound is ${audio.sampleRateHz} Hz x ${audio.channels}, not 48000 x 2`],
    [Math.abs(audio.durationMs - (video.frames * 1000) / 30) <= 100, `picture lasts ${(video.frames * 1000) / 30} ms, sound ${audio.durationMs} ms`],
    [boxes.indexOf('moov') >= 0 && boxes.indexOf('moov') < boxes.indexOf('mdat'), `boxes are ${boxes.join(' ')}: moov is not in front`],
  ];
  return rules.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}
