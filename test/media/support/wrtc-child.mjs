import wrtc from '@roamhq/wrtc';

/**
 * A libwebrtc peer in a process of its own (see wrtc-peer.ts): real encoders, jitter buffers and
 * congestion control, without a browser. Takes `{ id, name, args }` messages, answers `{ id, result }`.
 * Plain JavaScript: the package's types need the browser's.
 */
const { RTCPeerConnection, nonstandard } = wrtc;
let publisher = null;
let subscriber = null;
const stops = [];

function video(widthPx, heightPx) {
  const source = new nonstandard.RTCVideoSource();
  const data = new Uint8ClampedArray((widthPx * heightPx * 3) / 2).fill(128);
  let frame = 0;
  const timer = setInterval(() => {
    frame += 1;
    // A moving bright bar, so that pictures differ and cost the encoder something.
    data.fill(60, 0, widthPx * heightPx);
    const left = (frame * 8) % (widthPx - 40);
    for (let y = 0; y < heightPx; y += 1) data.fill(220, y * widthPx + left, y * widthPx + left + 40);
    source.onFrame({ width: widthPx, height: heightPx, data });
  }, 33);
  const track = source.createTrack();
  stops.push(() => {
    clearInterval(timer);
    track.stop();
  });
  return track;
}

function audio() {
  const source = new nonstandard.RTCAudioSource();
  let phase = 0;
  const timer = setInterval(() => {
    const samples = new Int16Array(480);
    for (let i = 0; i < samples.length; i += 1) samples[i] = Math.sin((phase++ * 2 * Math.PI * 440) / 48_000) * 8_000;
    source.onData({ samples, sampleRate: 48_000, bitsPerSample: 16, channelCount: 1, numberOfFrames: 480 });
  }, 10);
  const track = source.createTrack();
  stops.push(() => {
    clearInterval(timer);
    track.stop();
  });
  return track;
}

const commands = {
  async offer({ widthPx = 320, heightPx = 240, audio: withAudio = true }) {
    publisher = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    if (withAudio) publisher.addTransceiver(audio(), { direction: 'sendonly' });
    publisher.addTransceiver(video(widthPx, heightPx), { direction: 'sendonly' });
    await publisher.setLocalDescription(await publisher.createOffer());
    const sections = publisher.getTransceivers().map((one) => ({ mid: one.mid, source: one.sender.track.kind === 'audio' ? 'microphone' : 'camera' }));
    return { sdp: publisher.localDescription.sdp, sections };
  },
  answered: (sdp) => publisher.setRemoteDescription({ type: 'answer', sdp }),
  async answer(sdp) {
    subscriber ??= new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    subscriber.ontrack = ({ track }) => {
      // Frames are decoded only where somebody takes them.
      const sink = track.kind === 'video' ? new nonstandard.RTCVideoSink(track) : new nonstandard.RTCAudioSink(track);
      stops.push(() => sink.stop());
    };
    await subscriber.setRemoteDescription({ type: 'offer', sdp });
    await subscriber.setLocalDescription(await subscriber.createAnswer());
    return subscriber.localDescription.sdp;
  },
  async stats(side) {
    const pc = side === 'publisher' ? publisher : subscriber;
    const streams = [];
    for (const one of pc === null ? [] : (await pc.getStats()).values()) {
      if (one.type !== 'inbound-rtp' && one.type !== 'outbound-rtp') continue;
      streams.push({
        kind: one.kind, rid: null, packets: one.packetsReceived ?? one.packetsSent ?? 0,
        framesDecoded: one.framesDecoded ?? 0, framesEncoded: one.framesEncoded ?? 0, keyFramesDecoded: one.keyFramesDecoded ?? 0, heightPx: one.frameHeight ?? 0,
        audioEnergy: one.totalAudioEnergy ?? 0, packetsLost: one.packetsLost ?? 0, nacks: one.nackCount ?? 0, plis: one.pliCount ?? 0,
        bitrate: one.targetBitrate ?? 0, retransmitted: one.retransmittedPacketsSent ?? 0, freezes: one.freezeCount ?? 0,
      });
    }
    return { state: pc?.connectionState ?? 'none', streams };
  },
  close() {
    for (const stop of stops) stop();
    publisher?.close();
    subscriber?.close();
  },
};

process.on('message', ({ id, name, args }) => {
  Promise.resolve()
    .then(() => commands[name](...args))
    .then(
      (result) => process.send({ id, result }),
      (error) => process.send({ id, error: String(error) }),
    );
});
process.on('disconnect', () => process.exit(0));
