import { effect, signal, type ReadonlySignal } from '@preact/signals';
import { AppError } from '../../../src/core/errors.js';
import { SOCKET_PATH } from '../../../src/signaling/protocol.js';
import {
  RoomClient,
  initialState,
  markedNotice,
  noticesAfterEarlier,
  noticesAfterRecording,
  ownMember,
  ownNotice,
  ownRole,
  problemNotice,
  weakConnectionNotice,
  weaknessOf,
  WeakConnection,
  withNotice,
  withoutExpired,
  type CaptureSize,
  type Notice,
  type Request,
  type RoomState,
} from '../client/index.js';
import { text, wordsOfError } from '../messages/index.js';
import { browserPlatform, isMobile } from './browser-platform.js';
import type { TrackSource } from '../../../src/core/media.js';
import type { LocalDevice, LocalMedia } from './local-media.js';
import { OwnView } from './own-view.js';
import { nextSpeaker } from './active-speaker.js';

/** What a camera is taken to deliver until it says so itself. */
const CAMERA_SIZE: CaptureSize = { widthPx: 1280, heightPx: 720 };
/** Quieter than this is not speech, dBov. */
const SPEECH_DBOV = 50;
/** A person counts as speaking for this long after the last loud level, ms. */
const SPEECH_HOLD_MS = 800;

/** A person's stay in a room, for the components: signals to read, actions to call. */
export class RoomSession {
  readonly media: LocalMedia;
  readonly own = new OwnView();
  readonly #client: RoomClient;
  readonly #state = signal<RoomState>(initialState);
  readonly #notices = signal<readonly Notice[]>([]);
  readonly #speaking = signal<ReadonlySet<string>>(new Set());
  readonly #speaker = signal<string | null>(null);
  readonly #spokeAtMs = new Map<string, number>();
  readonly #speaksSinceMs = new Map<string, number>();
  readonly #confirmed = new Set<string>();
  readonly #views = new Map<string, CaptureSize>();
  readonly #weak = new WeakConnection();
  readonly #stop: (() => void)[] = [];
  /** The next change of the stage is of one's own doing. */
  #expectsStage = false;
  #closed = false;

  constructor(options: { roomId: string; token: string; name: string; media: LocalMedia }) {
    this.media = options.media;
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#client = new RoomClient({
      socketUrl: `${scheme}//${location.host}${SOCKET_PATH}`,
      token: options.token,
      roomId: options.roomId,
      name: options.name,
      mobile: isMobile(),
      platform: browserPlatform,
    });
    this.#client.events.on('state', (state) => this.#changed(state));
    this.#client.events.on('levels', (levels) => this.#heard(levels));
    this.#client.events.on('muted-by', ({ source, byName }) => this.#turnedOff(source, byName));
    this.#client.events.on('hand-lowered', ({ byName }) => this.#say(ownNotice({ kind: 'hand-lowered', byName }, performance.now())));
    this.#client.events.on('problem', (error) => this.report(error));
    this.#stop.push(...this.#followMedia(), this.#tick());
    this.#client.join();
  }

  get state(): ReadonlySignal<RoomState> {
    return this.#state;
  }

  get notices(): ReadonlySignal<readonly Notice[]> {
    return this.#notices;
  }

  /** Members who are heard speaking. */
  get speaking(): ReadonlySignal<ReadonlySet<string>> {
    return this.#speaking;
  }

  /** Who speaks, or spoke last; oneself is nobody's speaker. */
  get speaker(): ReadonlySignal<string | null> {
    return this.#speaker;
  }

  /** Sends a command; a refusal becomes a notice. */
  async command(request: Request): Promise<void> {
    const refusal = await this.attempt(request);
    if (refusal) this.#say(problemNotice(refusal, performance.now()));
  }

  /** Sends a command. Resolves with null when it is done, else with why not. */
  async attempt(request: Request): Promise<string | null> {
    try {
      await this.#client.command(request);
      return null;
    } catch (error) {
      return wordsOf(error);
    }
  }

  /** F8: *Mark this moment*. */
  async mark(): Promise<void> {
    try {
      await this.#client.command({ type: 'mark' });
      this.#say(markedNotice(performance.now()));
    } catch (error) {
      this.report(error);
    }
  }

  /** R3: the person has read that the session is recorded. */
  async confirmRecording(notice: Notice): Promise<void> {
    if (notice.content.kind !== 'recorded') return;
    this.dismiss(notice);
    this.#confirmed.add(notice.content.recordingId);
    await this.command({ type: 'recording-confirm', recordingId: notice.content.recordingId });
  }

  dismiss(notice: Notice): void {
    this.#notices.value = this.#notices.value.filter((other) => other.key !== notice.key);
  }

  report(error: unknown): void {
    this.#say(problemNotice(wordsOf(error), performance.now()));
  }

  #say(notice: Notice): void {
    this.#notices.value = withNotice([...this.#notices.value], notice);
  }

  /** Says at which size in device pixels a track is shown; null when it is not any more. */
  showTrack(trackId: string, size: CaptureSize | null): void {
    if (size === null) this.#views.delete(trackId);
    else this.#views.set(trackId, size);
    this.#client.setViews(this.#views);
  }

  retry(): void {
    this.#client.retry();
  }

  leave(): void {
    this.#client.leave();
  }

  /** Ends everything, devices included. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stop of this.#stop) stop();
    this.#client.close();
    this.media.close();
  }

  #changed(state: RoomState): void {
    const before = this.#state.value;
    this.#state.value = state;
    // What was written before one came is there to be read, and is not news.
    if (before.memberId === null && state.memberId !== null) this.own.read.value = state.chat.at(-1)?.number ?? 0;
    if (before.recording !== state.recording) {
      const { recordingId, previousId } = state.recording ?? {};
      if (recordingId && previousId && this.#confirmed.has(previousId)) this.#confirmed.add(recordingId);
      const notices = noticesAfterRecording(
        this.#notices.value,
        before.recording,
        state.recording,
        ownRole(state),
        performance.now(),
      );
      // After a reconnection the recording is the one that was confirmed already.
      this.#notices.value = notices.filter(
        ({ content }) => content.kind !== 'recorded' || !this.#confirmed.has(content.recordingId),
      );
    }
    if (before.earlier !== state.earlier && state.earlier !== null) {
      this.#notices.value = noticesAfterEarlier(this.#notices.value, state.earlier, ownRole(state));
    }
    this.#followStage(before, state);
    switch (state.connection.name) {
      case 'left':
      case 'refused':
      case 'removed':
        this.#notices.value = [];
        this.close();
        break;
      case 'ended':
        // Notices of the recording still come.
        this.media.close();
        break;
      case 'connecting':
      case 'waiting':
      case 'joined':
      case 'reconnecting':
      case 'disconnected':
        break;
    }
  }

  /** P4: in the audience all devices are closed, so that nothing is sent by surprise when the stage is there. */
  #followStage(before: RoomState, state: RoomState): void {
    const own = ownMember(state);
    const earlier = ownMember(before);
    const pinned = this.own.pinned.value;
    if (pinned !== null && !state.members.some(({ memberId, onStage }) => onStage && memberId === pinned)) this.own.pinned.value = null;
    if (!own || own.onStage === earlier?.onStage) return;
    if (!own.onStage) {
      void this.media.setCamera(false);
      void this.media.setMicrophone(false);
      this.media.stopScreen();
    }
    if (earlier && !this.#expectsStage) this.#say(ownNotice({ kind: 'stage', onStage: own.onStage }, performance.now()));
    this.#expectsStage = false;
  }

  /** P4: onto the stage by one's own doing, with the devices as they are now. False where it was refused, which becomes a notice. */
  async joinStage(request: Extract<Request, { type: 'stage-answer' | 'stage-enter' }>): Promise<boolean> {
    this.#expectsStage = true;
    const refusal = await this.attempt(request);
    if (refusal === null) return true;
    this.#expectsStage = false;
    this.report(new Error(refusal));
    return false;
  }

  /** Somebody turned it off: the device is off, too, until the person turns it on again. */
  #turnedOff(source: TrackSource, byName: string): void {
    switch (source) {
      case 'microphone':
        void this.media.setMuted(true);
        break;
      case 'camera':
        void this.media.setCamera(false);
        break;
      case 'screen':
        this.media.stopScreen();
        break;
      case 'screen-audio':
        this.media.stopScreenSound();
        break;
    }
    this.#say(ownNotice({ kind: 'muted-by', source, byName }, performance.now()));
  }

  #heard(levels: { memberId: string; levelDbov: number }[]): void {
    const nowMs = performance.now();
    for (const { memberId, levelDbov } of levels) {
      if (levelDbov <= SPEECH_DBOV) this.#spokeAtMs.set(memberId, nowMs);
    }
    this.#updateSpeaking(nowMs);
  }

  #updateSpeaking(nowMs: number): void {
    for (const [memberId, atMs] of this.#spokeAtMs) {
      if (nowMs - atMs > SPEECH_HOLD_MS) this.#spokeAtMs.delete(memberId);
    }
    this.#updateSpeaker(nowMs);
    const before = this.#speaking.value;
    const same = before.size === this.#spokeAtMs.size && [...before].every((id) => this.#spokeAtMs.has(id));
    if (!same) this.#speaking.value = new Set(this.#spokeAtMs.keys());
  }

  #updateSpeaker(nowMs: number): void {
    const { members, memberId: ownId } = this.#state.value;
    for (const memberId of this.#speaksSinceMs.keys()) if (!this.#spokeAtMs.has(memberId)) this.#speaksSinceMs.delete(memberId);
    for (const memberId of this.#spokeAtMs.keys()) {
      if (memberId !== ownId && !this.#speaksSinceMs.has(memberId)) this.#speaksSinceMs.set(memberId, nowMs);
    }
    const before = members.some(({ memberId, onStage }) => onStage && memberId === this.#speaker.value) ? this.#speaker.value : null;
    this.#speaker.value = nextSpeaker({ since: this.#speaksSinceMs, speaker: before }, nowMs);
  }

  /** Publishes what the person's devices give. */
  #followMedia(): (() => void)[] {
    const { camera, microphone, screen, screenProblem } = this.media;
    return [
      effect(() => this.#publishDevice('camera', camera.value)),
      effect(() => this.#publishDevice('microphone', microphone.value)),
      effect(() => {
        const shared = screen.value;
        this.#client.setSource('screen', shared && { track: shared.video, muted: false, size: null });
        const audio = shared?.audio ?? null;
        this.#client.setSource('screen-audio', audio && { track: audio, muted: false, size: null });
      }),
      effect(() => {
        const problem = screenProblem.value;
        if (problem) this.report(new Error(text.device.screen[problem]));
      }),
    ];
  }

  #publishDevice(source: 'camera' | 'microphone', device: LocalDevice): void {
    const { track, on } = device;
    this.#client.setSource(source, {
      track,
      muted: !on || track === null,
      size: source === 'camera' ? captureSize(track) : null,
    });
  }

  #tick(): () => void {
    const timer = setInterval(() => {
      const nowMs = performance.now();
      const left = withoutExpired(this.#notices.value, nowMs);
      if (left.length !== this.#notices.value.length) this.#notices.value = left;
      this.#updateSpeaking(nowMs);
      this.#lookAtConnection(nowMs);
    }, 500);
    return () => clearInterval(timer);
  }

  #lookAtConnection(nowMs: number): void {
    const state = this.#state.value;
    const own = state.connection.name === 'joined' ? ownMember(state) : null;
    const change = this.#weak.look(own !== null && weaknessOf(state, own) !== null, nowMs);
    if (change === 'tell') this.#say(weakConnectionNotice);
    if (change === 'over') this.dismiss(weakConnectionNotice);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof AppError && error.code === 'connection_lost' ? text.connection.reconnecting : wordsOfError(error);
}

function captureSize(track: MediaStreamTrack | null): CaptureSize {
  const { width, height } = track?.getSettings() ?? {};
  return width && height ? { widthPx: width, heightPx: height } : CAMERA_SIZE;
}
