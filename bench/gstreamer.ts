import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Rival } from './compose.js';
import { runProgram } from './measure.js';
import { PRESET, tilesOf, type Meeting } from './meeting.js';
import { MissingProgram } from './trial.js';

/** GStreamer's compositor with the same decoders, tiles, encoder and sound. */
export const GSTREAMER: Rival = {
  name: 'gstreamer',
  make: (meeting, folder) => {
    const missing = ELEMENTS.find((element) => spawnSync('gst-inspect-1.0', ['--exists', element]).status !== 0);
    if (missing) throw new MissingProgram(`GStreamer has no ${missing}, or is not there; run "scripts/setup --gstreamer".`);
    runProgram('gst-launch-1.0', ['-q', ...pipeline(meeting, join(folder, 'composed.mp4'))]);
  },
};

/** One of each package. */
const ELEMENTS = ['compositor', 'vp8dec', 'voaacenc', 'x264enc'];

function pipeline(meeting: Meeting, target: string): string[] {
  const tiles = tilesOf(meeting);
  const streams = [meeting.stage, ...meeting.cameras];
  const pads = tiles.map(({ rect: { x, y, width, height } }, index) => {
    return [`sink_${index}::xpos=${x}`, `sink_${index}::ypos=${y}`, `sink_${index}::width=${width}`, `sink_${index}::height=${height}`];
  });
  const pictures = tiles.map(({ trackId, crop, source }, index) => {
    const cut = [`left=${crop.x}`, `right=${source.widthPx - crop.x - crop.width}`, `top=${crop.y}`, `bottom=${source.heightPx - crop.y - crop.height}`];
    const path = streams[Number(trackId)]?.path ?? '';
    return [...['filesrc', `location=${path}`, '!', 'ivfparse', '!', 'vp8dec', 'threads=1', '!'], ...['videocrop', ...cut, '!', 'queue', '!', `picture.sink_${index}`]];
  });
  const sounds = meeting.voices.map(({ path }) => ['filesrc', `location=${path}`, '!', 'oggdemux', '!', 'opusdec', '!', 'queue', '!', 'sound.']);
  return [
    ...['compositor', 'name=picture', 'background=black', ...pads.flat(), '!'],
    ...['video/x-raw,format=I420,width=1920,height=1080,framerate=30/1', '!', 'queue', '!'],
    ...['x264enc', `speed-preset=${PRESET}`, 'pass=qual', 'quantizer=23', 'bitrate=12000', 'threads=1', 'bframes=0', 'key-int-max=60'],
    ...['rc-lookahead=0', 'sync-lookahead=0', 'mb-tree=false', '!', 'video/x-h264,profile=high', '!', 'queue', '!'],
    ...['mp4mux', 'name=movie', '!', 'filesink', `location=${target}`],
    ...['audiomixer', 'name=sound', '!', 'audio/x-raw,rate=48000,channels=2', '!', 'audioconvert', '!', 'voaacenc', 'bitrate=160000', '!', 'queue', '!', 'movie.'],
    ...pictures.flat(),
    ...sounds.flat(),
  ];
}
