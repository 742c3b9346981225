/**
 * Video encoders, as settings, jobs, `doctor` and the log name them: `libx264` is our own program around it, which is
 * built where its headers are, `ffmpeg` is libx264 in an ffmpeg child, the others are elements of GStreamer, `x264enc`
 * in software and the rest in hardware.
 */
export const ENCODER_NAMES = ['libx264', 'ffmpeg', 'x264enc', 'vah264enc', 'vaapih264enc', 'nvh264enc', 'v4l2h264enc'] as const;
export type EncoderName = (typeof ENCODER_NAMES)[number];

/** What `--encoder` takes: one encoder, the best of GStreamer's, or the best of all. */
export const ENCODER_CHOICES = ['auto', 'gstreamer', ...ENCODER_NAMES] as const;
export type EncoderChoice = (typeof ENCODER_CHOICES)[number];

/** Presets of x264, from the cheapest to the best that a recording could have in real time. */
export const PRESETS = ['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium'] as const;
export type Preset = (typeof PRESETS)[number];
