import type { EncoderName } from '../../../core/encoder-names.js';
import type { VideoEncoderOptions, VideoRate } from '../encoder.js';

/** Elements of GStreamer that make H.264. */
export type GstreamerElement = Exclude<EncoderName, 'libx264' | 'ffmpeg'>;

/**
 * The pipeline from canvases on standard input to an H.264 byte stream on standard output, in the language of
 * gst-launch-1.0(1). Its sources and sinks are descriptors: the pipe's size bounds what is in flight, and no
 * byte of it passes through JavaScript.
 */
export function pipelineOf(element: GstreamerElement, options: VideoEncoderOptions): string {
  return [
    // A pipe gives some 200 KiB at a time; larger blocks are allocated and not filled.
    `fdsrc fd=0 blocksize=${256 << 10}`,
    rawVideo(options),
    ...ENCODERS[element](options),
    'video/x-h264,profile=high,stream-format=byte-stream,alignment=au',
    'fdsink fd=1',
  ].join(' ! ');
}

/** Planes without padding, whatever the width; GStreamer's own layout rounds rows up to four bytes. */
function rawVideo({ widthPx, heightPx }: VideoEncoderOptions): string {
  const [luma, chroma] = [widthPx * heightPx, (widthPx * heightPx) / 4];
  return [
    `rawvideoparse format=i420 width=${widthPx} height=${heightPx} framerate=30/1 colorimetry=bt709`,
    `plane-strides="<${widthPx},${widthPx / 2},${widthPx / 2}>" plane-offsets="<0,${luma},${luma + chroma}>"`,
    `frame-size=${luma + 2 * chroma}`,
  ].join(' ');
}

type Stages = (options: VideoEncoderOptions) => string[];

const BITS_PER_KBIT = 1000;
/** Hardware goes no finer than this: a still slide then costs almost nothing, however much the cap would allow. */
const FINEST_QP = 20;

/** Hardware takes its pictures as NV12 and may leave the parameter sets out of later keyframes. */
const NV12 = 'videoconvert n-threads=1 ! video/x-raw,format=NV12';
const PARSED = 'h264parse config-interval=-1';

const ENCODERS: Record<GstreamerElement, Stages> = {
  x264enc: ({ preset, gopFrames, rate }) => [
    [
      `x264enc speed-preset=${preset} threads=1 bframes=0 key-int-max=${gopFrames} ${x264Rate(rate)}`,
      // As ffmpeg's, in `ffmpeg-encoders.ts`.
      `option-string=cabac=1:8x8dct=1:aud=1:open-gop=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:force-cfr=1:weightp=0:keyint=${gopFrames}:min-keyint=${gopFrames}:scenecut=0`,
    ].join(' '),
  ],
  vah264enc: ({ gopFrames, rate }) => [
    NV12,
    `vah264enc aud=true b-frames=0 cabac=true dct8x8=true key-int-max=${gopFrames} ` +
      ('qp' in rate ? `rate-control=cqp qpi=${rate.qp} qpp=${rate.qp}` : `rate-control=vbr bitrate=${rate.maxKbitPerS} min-qp=${FINEST_QP}`),
    PARSED,
  ],
  vaapih264enc: ({ gopFrames, rate }) => [
    NV12,
    `vaapih264enc aud=true max-bframes=0 cabac=true dct8x8=true keyframe-period=${gopFrames} ` +
      ('qp' in rate ? `rate-control=cqp init-qp=${rate.qp}` : `rate-control=vbr bitrate=${rate.maxKbitPerS} min-qp=${FINEST_QP}`),
    PARSED,
  ],
  nvh264enc: ({ gopFrames, rate }) => [
    NV12,
    `nvh264enc aud=true bframes=0 zerolatency=true gop-size=${gopFrames} ` +
      ('qp' in rate ? `rc-mode=constqp qp-const=${rate.qp}` : `rc-mode=vbr const-quality=${rate.crf} max-bitrate=${rate.maxKbitPerS}`),
    PARSED,
  ],
  v4l2h264enc: ({ gopFrames, rate }) => [
    NV12,
    `v4l2h264enc extra-controls="controls,h264_profile=4,h264_i_frame_period=${gopFrames},repeat_sequence_header=1,` +
      ('qp' in rate
        ? `frame_level_rate_control_enable=0,h264_i_frame_qp_value=${rate.qp},h264_p_frame_qp_value=${rate.qp}"`
        : `video_bitrate_mode=0,video_bitrate=${rate.maxKbitPerS * BITS_PER_KBIT},h264_minimum_qp_value=${FINEST_QP}"`),
    PARSED,
  ],
};

function x264Rate(rate: VideoRate): string {
  if ('qp' in rate) return `pass=quant quantizer=${rate.qp}`;
  return `pass=qual quantizer=${rate.crf} bitrate=${rate.maxKbitPerS} vbv-buf-capacity=2000`;
}
