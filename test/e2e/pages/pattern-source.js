/**
 * A camera, a microphone and a screen whose pictures and sound are known, put in the place of the
 * browser's devices before the page's own scripts run. What was really produced is written down, so
 * that a test judges a movie by what went in and not by what should have gone in.
 *
 * The camera is a flat colour with a row of blocks that spell the frame's number, and a patch that
 * turns white once a second; at the same moment the microphone beeps on the person's own frequency.
 * Geometry and numbers come from test/support/pattern.ts.
 */
function installPattern(options) {
  const { person, camera, screen, flashFrames, beepMs } = options;
  const startedAtMs = performance.now();
  const log = {
    timeOriginMs: performance.timeOrigin,
    cameraFrames: [], // draw times, performance.now() ms, by frame number
    screenFrames: [],
    flashes: [], // { event, frame, drawnAtMs, beepAtContextS: null without an audio clock }
    contextClock: [], // [performance.now() ms, AudioContext.currentTime s], bounded
    requests: [],
    errors: [],
  };

  function canvasFor(picture) {
    const canvas = document.createElement('canvas');
    canvas.width = picture.widthPx;
    canvas.height = picture.heightPx;
    const context = canvas.getContext('2d', { alpha: false });
    context.fillStyle = picture.colour;
    context.fillRect(0, 0, canvas.width, canvas.height);
    return { canvas, context };
  }

  /** White, the bits from the highest, even parity, black. */
  function drawMark(context, mark, frame) {
    const value = frame % 2 ** mark.bits;
    let parity = 0;
    for (let block = 0; block < mark.bits + 3; block++) {
      let bit = 0;
      if (block === 0) bit = 1;
      else if (block <= mark.bits) {
        bit = (value >> (mark.bits - block)) & 1;
        parity ^= bit;
      } else if (block === mark.bits + 1) bit = parity;
      context.fillStyle = bit ? '#fff' : '#000';
      context.fillRect(mark.x + block * mark.blockPx, mark.y, mark.blockPx, mark.heightPx);
    }
  }

  /** Calls `draw(slot)` on a steady grid of `fps`; a slot that the page was too busy for is left out. */
  function onGrid(fps, draw) {
    let slot = 0;
    const step = () => {
      draw(slot);
      const elapsed = performance.now() - startedAtMs;
      slot = Math.max(slot + 1, Math.ceil((elapsed * fps) / 1000 - 0.5));
      setTimeout(step, Math.max(0, startedAtMs + (slot * 1000) / fps - performance.now()));
    };
    slot = Math.ceil(((performance.now() - startedAtMs) * fps) / 1000);
    step();
  }

  /**
   * The tone and the gate that lets it out: an oscillator behind a gain, or, where the browser's audio
   * clock needs a loudspeaker that the machine does not have (Firefox), the browser's own fake
   * microphone, whose tone is set by a preference, opened and closed by `enabled`.
   */
  let audio = null;
  function openAudio() {
    if (audio) return audio;
    if (person.deviceTone) {
      const tracks = new Set();
      audio = {
        tracks,
        beep() {
          for (const track of tracks) track.enabled = true;
          setTimeout(() => { for (const track of tracks) track.enabled = false; }, beepMs);
          return null;
        },
      };
      return audio;
    }
    const context = new AudioContext();
    const tone = context.createOscillator();
    tone.frequency.value = person.frequencyHz;
    const gate = context.createGain();
    gate.gain.value = 0;
    tone.connect(gate);
    tone.start();
    audio = {
      context,
      gate,
      beep() {
        const at = context.currentTime;
        gate.gain.setValueAtTime(person.gain, at);
        gate.gain.setValueAtTime(0, at + beepMs / 1000);
        return at;
      },
    };
    void context.resume();
    return audio;
  }

  let cameraCanvas = null;
  function openCamera() {
    if (cameraCanvas) return cameraCanvas;
    const { canvas, context } = canvasFor(camera);
    cameraCanvas = canvas;
    const { flash, mark } = camera;
    let lastEvent = -1;
    let flashUntil = -1;
    onGrid(camera.fps, (slot) => {
      const frame = log.cameraFrames.length;
      const event = Math.floor(slot / camera.fps);
      const begins = event !== lastEvent && lastEvent >= 0;
      lastEvent = event;
      if (begins) flashUntil = frame + flashFrames;
      if (begins || frame === flashUntil) {
        context.fillStyle = begins ? '#fff' : camera.colour;
        context.fillRect(flash.x, flash.y, flash.widthPx, flash.heightPx);
      }
      drawMark(context, mark, frame);
      const now = performance.now();
      log.cameraFrames.push(now);
      if (audio?.context) {
        log.contextClock.push([now, audio.context.currentTime]);
        if (log.contextClock.length > 20_000) log.contextClock.shift();
      }
      if (audio && begins) log.flashes.push({ event, frame, drawnAtMs: now, beepAtContextS: audio.beep() });
    });
    return canvas;
  }

  let screenCanvas = null;
  function openScreen() {
    if (screenCanvas) return screenCanvas;
    const { canvas, context } = canvasFor(screen);
    screenCanvas = canvas;
    context.fillStyle = '#fff';
    for (let x = screen.detail.x; x < screen.detail.x + screen.detail.widthPx; x += 4) {
      context.fillRect(x, screen.detail.y, 1, screen.detail.heightPx);
    }
    onGrid(screen.fps, () => {
      drawMark(context, screen.mark, log.screenFrames.length);
      log.screenFrames.push(performance.now());
    });
    return canvas;
  }

  const deviceMicrophone = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);

  async function openMicrophone() {
    const { context, gate, tracks } = openAudio();
    if (tracks) {
      const track = (await deviceMicrophone({ audio: true })).getAudioTracks()[0];
      track.enabled = false;
      tracks.add(track);
      return track;
    }
    const output = context.createMediaStreamDestination();
    output.channelCount = 1;
    gate.connect(output);
    return output.stream.getAudioTracks()[0];
  }

  async function getUserMedia(constraints = {}) {
    log.requests.push({ call: 'getUserMedia', constraints: JSON.parse(JSON.stringify(constraints)) });
    const tracks = [];
    if (constraints.audio) tracks.push(await openMicrophone());
    if (constraints.video) tracks.push(openCamera().captureStream().getVideoTracks()[0]);
    if (tracks.length === 0) throw new TypeError('neither audio nor video was asked for');
    return new MediaStream(tracks);
  }

  async function getDisplayMedia(constraints = {}) {
    log.requests.push({ call: 'getDisplayMedia', constraints: JSON.parse(JSON.stringify(constraints)) });
    return new MediaStream([openScreen().captureStream().getVideoTracks()[0]]);
  }

  async function enumerateDevices() {
    const device = (kind, label) => ({ deviceId: `pattern-${kind}`, groupId: 'pattern', kind, label, toJSON() { return this; } });
    return [device('audioinput', 'Pattern microphone'), device('videoinput', 'Pattern camera')];
  }

  if (globalThis.MediaDevices) {
    for (const method of [getUserMedia, getDisplayMedia, enumerateDevices]) {
      Object.defineProperty(MediaDevices.prototype, method.name, { value: method, configurable: true, writable: true });
    }
  }
  addEventListener('error', (event) => { if (log.errors.length < 50) log.errors.push(String(event.message)); });
  addEventListener('unhandledrejection', (event) => { if (log.errors.length < 50) log.errors.push(String(event.reason)); });
  Object.defineProperty(globalThis, 'reelroomPattern', { value: { report: () => log } });
}
