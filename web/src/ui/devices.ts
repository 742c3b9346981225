/** Cameras, microphones and screens. `navigator.mediaDevices` is looked up at each call. */

export type DeviceProblem = 'missing' | 'denied' | 'busy' | 'unsupported' | 'failed';

/** A track, or why there is none. */
export type Opened = { track: MediaStreamTrack; problem: null } | { track: null; problem: DeviceProblem };

/** The device is a wish: where it is gone, as a headset left at home is, another one serves. */
function cameraConstraints(deviceId: string | null): MediaTrackConstraints {
  return {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30 },
    ...(deviceId && { deviceId: { ideal: deviceId } }),
  };
}

function microphoneConstraints(deviceId: string | null): MediaTrackConstraints {
  return {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(deviceId && { deviceId: { ideal: deviceId } }),
  };
}

export async function openCamera(deviceId: string | null): Promise<Opened> {
  return openOne(async () => {
    const stream = await mediaDevices().getUserMedia({ video: cameraConstraints(deviceId) });
    return stream.getVideoTracks()[0];
  });
}

export async function openMicrophone(deviceId: string | null): Promise<Opened> {
  return openOne(async () => {
    const stream = await mediaDevices().getUserMedia({ audio: microphoneConstraints(deviceId) });
    return stream.getAudioTracks()[0];
  });
}

/** Asks for both with one question to the person; where that fails, for each alone. */
export async function openBoth(
  cameraId: string | null,
  microphoneId: string | null,
): Promise<{ camera: Opened; microphone: Opened }> {
  try {
    const stream = await mediaDevices().getUserMedia({
      video: cameraConstraints(cameraId),
      audio: microphoneConstraints(microphoneId),
    });
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    return { camera: opened(video), microphone: opened(audio) };
  } catch {
    return { camera: await openCamera(cameraId), microphone: await openMicrophone(microphoneId) };
  }
}

export type OpenedScreen =
  | { video: MediaStreamTrack; audio: MediaStreamTrack | null; problem: null }
  | { video: null; problem: DeviceProblem | null };

/** Null as the problem: the person closed the picker. */
export async function openScreen(): Promise<OpenedScreen> {
  try {
    const stream = await mediaDevices().getDisplayMedia({
      video: { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 30, max: 30 } },
      audio: true,
    });
    const [video] = stream.getVideoTracks();
    if (!video) return { video: null, problem: 'missing' };
    video.contentHint = 'detail';
    return { video, audio: stream.getAudioTracks()[0] ?? null, problem: null };
  } catch (error) {
    const problem = problemOf(error);
    return { video: null, problem: problem === 'denied' ? null : problem };
  }
}

export interface DeviceList {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  /** Without the entry that stands for the system's choice. */
  speakers: MediaDeviceInfo[];
}

/** Empty where the browser does not tell. */
export async function listDevices(): Promise<DeviceList> {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  return {
    cameras: devices.filter((device) => device.kind === 'videoinput' && device.deviceId !== ''),
    microphones: devices.filter((device) => device.kind === 'audioinput' && device.deviceId !== ''),
    speakers: devices.filter((device) => device.kind === 'audiooutput' && !['', 'default'].includes(device.deviceId)),
  };
}

/** Pages without a secure connection have no `mediaDevices`. */
class Unsupported extends Error {}

function mediaDevices(): MediaDevices {
  if (!navigator.mediaDevices) throw new Unsupported();
  return navigator.mediaDevices;
}

async function openOne(open: () => Promise<MediaStreamTrack | undefined>): Promise<Opened> {
  try {
    return opened(await open());
  } catch (error) {
    return { track: null, problem: problemOf(error) };
  }
}

function opened(track: MediaStreamTrack | undefined): Opened {
  return track ? { track, problem: null } : { track: null, problem: 'missing' };
}

function problemOf(error: unknown): DeviceProblem {
  if (error instanceof Unsupported || error instanceof TypeError) return 'unsupported';
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}
