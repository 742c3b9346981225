import { signal } from '@preact/signals';
import { recall, remember } from './memory.js';

/** Where sound goes: the device's id; empty for where the system sends it. */
export const speaker = signal(recall('speaker'));

/** Browsers without it send sound where the system says. */
export function canChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}

/** Firefox names no speaker before the person has picked it from the browser's own list. */
export function hasSpeakerPicker(): boolean {
  return typeof pickerOf(navigator.mediaDevices) === 'function';
}

export function chooseSpeaker(deviceId: string): void {
  speaker.value = deviceId;
  remember('speaker', deviceId);
}

/** The browser's own list; nothing changes where the person closes it. */
export async function pickSpeaker(): Promise<void> {
  const device = await pickerOf(navigator.mediaDevices)?.call(navigator.mediaDevices).catch(() => null);
  if (device) chooseSpeaker(device.deviceId);
}

/** Resolves to false where the device is gone or refused: then the sound goes where the system sends it. */
export async function sendTo(audio: HTMLMediaElement, deviceId: string): Promise<boolean> {
  if (!canChooseSpeaker() || audio.sinkId === deviceId) return true;
  try {
    await audio.setSinkId(deviceId);
    return true;
  } catch {
    await audio.setSinkId('').catch(() => undefined);
    return false;
  }
}

/** Two tones, Hz, each of this length, s. */
const TONES_HZ = [523.25, 659.25];
const TONE_S = 0.35;

/** Plays two tones on the chosen speaker. Resolves when they are over, to whether they came from it. */
export async function playTestSound(): Promise<boolean> {
  const context = new AudioContext();
  const audio = new Audio();
  try {
    const output = context.createMediaStreamDestination();
    audio.srcObject = output.stream;
    const there = await sendTo(audio, speaker.value);
    await Promise.all([audio.play(), context.resume()]);
    await Promise.all(TONES_HZ.map((hz, index) => tone(context, output, hz, context.currentTime + 0.05 + index * TONE_S)));
    return there;
  } finally {
    audio.srcObject = null;
    await context.close();
  }
}

/** Begins and ends softly: a hard edge is a click. */
function tone(context: AudioContext, output: AudioNode, hz: number, atS: number): Promise<void> {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = hz;
  gain.gain.setValueAtTime(0, atS);
  gain.gain.linearRampToValueAtTime(0.25, atS + 0.03);
  gain.gain.setTargetAtTime(0, atS + TONE_S * 0.6, TONE_S / 8);
  oscillator.connect(gain).connect(output);
  oscillator.start(atS);
  oscillator.stop(atS + TONE_S);
  return new Promise((resolve) => oscillator.addEventListener('ended', () => resolve(), { once: true }));
}

/** Not in every version of the DOM's types. */
function pickerOf(devices: MediaDevices | undefined): (() => Promise<MediaDeviceInfo>) | undefined {
  return (devices as (MediaDevices & { selectAudioOutput?: () => Promise<MediaDeviceInfo> }) | undefined)?.selectAudioOutput;
}
