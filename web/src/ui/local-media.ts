import { signal } from '@preact/signals';
import {
  listDevices,
  openBoth,
  openCamera,
  openMicrophone,
  openScreen,
  type DeviceList,
  type DeviceProblem,
  type Opened,
} from './devices.js';
import { recall, remember } from './memory.js';
import type { Presentable } from './presentable.js';
import { openPresentation, type Presentation } from './presentation.js';
import { Whiteboard } from './whiteboard.js';

/** A camera or a microphone as the person has set it. */
export interface LocalDevice {
  /** The person wants it on; it may still be opening. */
  on: boolean;
  opening: boolean;
  track: MediaStreamTrack | null;
  problem: DeviceProblem | null;
  deviceId: string | null;
}

export interface LocalScreen {
  video: MediaStreamTrack;
  audio: MediaStreamTrack | null;
}

const off: LocalDevice = { on: false, opening: false, track: null, problem: null, deviceId: null };

/**
 * One's own devices, from the join page to leaving the room. A camera that is off is closed, so that
 * its light is off too; a microphone that is muted stays open, so that unmuting is instant.
 */
export class LocalMedia {
  readonly camera = signal<LocalDevice>({ ...off, deviceId: recall('camera') || null });
  readonly microphone = signal<LocalDevice>({ ...off, deviceId: recall('microphone') || null });
  readonly screen = signal<LocalScreen | null>(null);
  /** Of the screen: what is shown is a file's, or a whiteboard. */
  readonly presentation = signal<Presentation | null>(null);
  readonly screenProblem = signal<DeviceProblem | null>(null);
  readonly devices = signal<DeviceList>({ cameras: [], microphones: [], speakers: [] });
  #closed = false;
  readonly #devicesChanged = () => void this.refreshDevices();

  constructor() {
    navigator.mediaDevices?.addEventListener?.('devicechange', this.#devicesChanged);
  }

  /** Opens camera and microphone with one question to the person. */
  async openBoth(): Promise<void> {
    this.camera.value = { ...this.camera.value, on: true, opening: true, problem: null };
    this.microphone.value = { ...this.microphone.value, on: true, opening: true, problem: null };
    const { camera, microphone } = await openBoth(this.camera.value.deviceId, this.microphone.value.deviceId);
    this.#take(this.camera, camera);
    this.#take(this.microphone, microphone);
    await this.refreshDevices();
  }

  async setCamera(on: boolean, deviceId = this.camera.value.deviceId): Promise<void> {
    await this.#set(this.camera, on, deviceId, openCamera);
  }

  /** This one, and the next time too. */
  async chooseCamera(deviceId: string): Promise<void> {
    remember('camera', deviceId);
    await this.setCamera(true, deviceId);
  }

  async chooseMicrophone(deviceId: string): Promise<void> {
    remember('microphone', deviceId);
    await this.setMicrophone(true, deviceId);
  }

  /** In the room: another one, while it stays on or off. */
  async changeCamera(deviceId: string): Promise<void> {
    remember('camera', deviceId);
    await this.#change(this.camera, deviceId, openCamera);
  }

  async changeMicrophone(deviceId: string): Promise<void> {
    remember('microphone', deviceId);
    await this.#change(this.microphone, deviceId, openMicrophone);
  }

  /** On the join page: off closes the device. */
  async setMicrophone(on: boolean, deviceId = this.microphone.value.deviceId): Promise<void> {
    await this.#set(this.microphone, on, deviceId, openMicrophone);
  }

  /** In the room: off keeps the device open and sends silence. */
  async setMuted(muted: boolean): Promise<void> {
    const { track } = this.microphone.value;
    if (!track || track.readyState === 'ended') {
      if (!muted) await this.setMicrophone(true);
      return;
    }
    track.enabled = !muted;
    this.microphone.value = { ...this.microphone.value, on: !muted, problem: null };
  }

  async shareScreen(): Promise<void> {
    this.screenProblem.value = null;
    const opened = await openScreen();
    if (!opened.video) {
      this.screenProblem.value = opened.problem;
      return;
    }
    const { video, audio } = opened;
    this.stopScreen();
    if (this.#closed) {
      stopAll(video, audio);
      return;
    }
    this.screen.value = { video, audio };
    // The browser has its own button to end a share.
    video.addEventListener('ended', () => {
      if (this.screen.value?.video === video) this.stopScreen();
    });
  }

  /** Shows files on the stage instead of a screen. False where this browser cannot. */
  async present(files: readonly Presentable[]): Promise<boolean> {
    const presentation = await openPresentation(files).catch(() => null);
    if (!presentation) return false;
    this.#show(presentation);
    if (presentation.kind === 'film') presentation.setPlaying(true);
    return true;
  }

  /** Shows an empty whiteboard instead of a screen. */
  presentBoard(): void {
    this.#show(new Whiteboard());
  }

  stopScreen(): void {
    const screen = this.screen.value;
    if (!screen) return;
    this.screen.value = null;
    this.presentation.value?.close();
    this.presentation.value = null;
    stopAll(screen.video, screen.audio);
  }

  /** The picture of the screen goes on. */
  stopScreenSound(): void {
    const screen = this.screen.value;
    if (!screen?.audio) return;
    this.screen.value = { ...screen, audio: null };
    stopAll(screen.audio);
  }

  #show(presentation: Presentation): void {
    this.stopScreen();
    if (this.#closed) {
      presentation.close();
      return;
    }
    this.presentation.value = presentation;
    this.screen.value = presentation.tracks;
  }

  async refreshDevices(): Promise<void> {
    const devices = await listDevices();
    if (!this.#closed) this.devices.value = devices;
  }

  /** Closes all devices. Twice is fine. */
  close(): void {
    this.#closed = true;
    navigator.mediaDevices?.removeEventListener?.('devicechange', this.#devicesChanged);
    stopAll(this.camera.value.track, this.microphone.value.track);
    this.stopScreen();
    this.camera.value = off;
    this.microphone.value = off;
  }

  async #set(
    device: typeof this.camera,
    on: boolean,
    deviceId: string | null,
    open: (deviceId: string | null) => Promise<Opened>,
  ): Promise<void> {
    stopAll(device.value.track);
    device.value = { on, opening: on, track: null, problem: null, deviceId };
    if (!on) return;
    const opening = device.value;
    const opened = await open(deviceId);
    if (device.value !== opening) {
      // The person decided otherwise meanwhile.
      stopAll(opened.track);
      return;
    }
    this.#take(device, opened);
    await this.refreshDevices();
  }

  /** The one in use goes on until the other is open, except on systems that open only one at a time. */
  async #change(device: typeof this.camera, deviceId: string, open: (deviceId: string | null) => Promise<Opened>): Promise<void> {
    const { track: before } = device.value;
    device.value = { ...device.value, deviceId };
    if (!before || before.readyState === 'ended') return;
    let opened = await open(deviceId);
    if (!opened.track) {
      stopAll(before);
      opened = await open(deviceId);
    }
    const { track, problem } = opened;
    if (this.#closed || device.value.track !== before || device.value.deviceId !== deviceId) {
      // The person decided otherwise meanwhile.
      stopAll(track);
      return;
    }
    stopAll(before);
    if (!track) {
      device.value = { ...off, deviceId, problem };
      return;
    }
    track.enabled = device.value.on;
    device.value = { ...device.value, track, problem: null, deviceId: track.getSettings().deviceId ?? deviceId };
    this.#watch(device, track);
    await this.refreshDevices();
  }

  #take(device: typeof this.camera, { track, problem }: Opened): void {
    if (this.#closed || !device.value.on) {
      stopAll(track);
      return;
    }
    const deviceId = track?.getSettings().deviceId ?? device.value.deviceId;
    device.value = { on: track !== null, opening: false, track, problem, deviceId };
    if (track) this.#watch(device, track);
  }

  /** Unplugged. */
  #watch(device: typeof this.camera, track: MediaStreamTrack): void {
    track.addEventListener('ended', () => {
      if (device.value.track === track) device.value = { ...off, problem: 'missing' };
    });
  }
}

function stopAll(...tracks: (MediaStreamTrack | null)[]): void {
  for (const track of tracks) track?.stop();
}
