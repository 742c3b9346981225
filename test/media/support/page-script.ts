/**
 * What a page does in the media tests, for Chromium and Firefox alike: `publisher(sections)` and
 * `subscriber()` are plain peer connections whose descriptions the test carries to the server.
 */
export const PAGE_SCRIPT = `
const media = {};

function painted(widthPx, heightPx, frameRate) {
  const canvas = document.createElement('canvas');
  canvas.width = widthPx;
  canvas.height = heightPx;
  const context = canvas.getContext('2d');
  let frame = 0;
  setInterval(() => {
    frame += 1;
    context.fillStyle = 'hsl(' + (frame * 7) % 360 + ' 80% 50%)';
    context.fillRect(0, 0, widthPx, heightPx);
    context.fillStyle = 'white';
    context.fillRect((frame * 11) % widthPx, heightPx / 3, widthPx / 10, heightPx / 3);
  }, 1000 / frameRate);
  return canvas.captureStream(frameRate).getVideoTracks()[0];
}

function tone() {
  const context = new AudioContext();
  const oscillator = context.createOscillator();
  const out = context.createMediaStreamDestination();
  oscillator.connect(out);
  oscillator.start();
  return out.stream.getAudioTracks()[0];
}

media.offer = async ({ widthPx = 640, heightPx = 360, simulcast = false, audio = true, codec = null, format = '', scalabilityMode, fps = 30, iceRestart = false } = {}) => {
  const pc = media.publisher ?? (media.publisher = new RTCPeerConnection({ bundlePolicy: 'max-bundle' }));
  if (pc.getTransceivers().length === 0) {
    if (audio) pc.addTransceiver(tone(), { direction: 'sendonly' });
    // Without a mode Chromium takes encodings of VP9 and AV1 for layers of one stream.
    const mode = scalabilityMode ? { scalabilityMode } : codec === 'VP9' || codec === 'AV1' ? { scalabilityMode: 'L1T1' } : {};
    const sendEncodings = simulcast
      ? [{ rid: 'q', scaleResolutionDownBy: 4, ...mode }, { rid: 'h', scaleResolutionDownBy: 2, ...mode }, { rid: 'f', ...mode }]
      : [mode];
    pc.addTransceiver(painted(widthPx, heightPx, fps), { direction: 'sendonly', sendEncodings });
  }
  const video = pc.getTransceivers().find((one) => one.sender.track.kind === 'video');
  if (codec) video.setCodecPreferences(media.codecs().filter((one) => (one.mimeType === 'video/' + codec && (one.sdpFmtpLine ?? '').includes(format)) || one.mimeType === 'video/rtx'));
  await pc.setLocalDescription(await pc.createOffer({ iceRestart }));
  const sections = pc.getTransceivers().map((one) => ({ mid: one.mid, source: one.sender.track.kind === 'audio' ? 'microphone' : 'camera' }));
  return { sdp: pc.localDescription.sdp, sections };
};
media.codecs = () => RTCRtpSender.getCapabilities('video').codecs;
media.answered = (sdp) => media.publisher.setRemoteDescription({ type: 'answer', sdp });

media.answer = async (sdp) => {
  const pc = media.subscriber ?? (media.subscriber = new RTCPeerConnection({ bundlePolicy: 'max-bundle' }));
  pc.ontrack = ({ track }) => {
    const element = document.createElement(track.kind);
    element.srcObject = new MediaStream([track]);
    element.autoplay = true;
    element.muted = true;
    document.body.append(element);
    element.play().catch(() => {});
  };
  await pc.setRemoteDescription({ type: 'offer', sdp });
  await pc.setLocalDescription(await pc.createAnswer());
  return pc.localDescription.sdp;
};

media.stats = async (side) => {
  const pc = media[side];
  if (!pc) return { state: 'none', streams: [] };
  const out = { state: pc.connectionState, streams: [] };
  const report = await pc.getStats();
  for (const one of report.values()) {
    if (one.type === 'candidate-pair' && one.availableOutgoingBitrate) out.available = one.availableOutgoingBitrate;
    if (one.type === 'inbound-rtp' || one.type === 'outbound-rtp') {
      out.streams.push({
        kind: one.kind, codec: report.get(one.codecId)?.mimeType ?? '', rid: one.rid ?? null, packets: one.packetsReceived ?? one.packetsSent ?? 0,
        framesDecoded: one.framesDecoded ?? 0, framesEncoded: one.framesEncoded ?? 0, keyFramesDecoded: one.keyFramesDecoded ?? 0, heightPx: one.frameHeight ?? 0,
        audioEnergy: one.totalAudioEnergy ?? 0, packetsLost: one.packetsLost ?? 0, nacks: one.nackCount ?? 0, plis: one.pliCount ?? 0,
        bitrate: one.targetBitrate ?? 0, limit: one.qualityLimitationReason ?? '', retransmitted: one.retransmittedPacketsSent ?? one.retransmittedPacketsReceived ?? 0, freezes: one.freezeCount ?? 0,
      });
    }
  }
  return out;
};
globalThis.media = media;
`;
