/**
 * Makes a page send its pictures in one codec, as a browser would whose user's application prefers that one:
 * `codec` is a MIME subtype; with `mode` the camera is one stream of these layers (W3C, Scalable Video Coding).
 * `reelroomCodec.use(codec)` changes it; the next offer says so.
 */
// eslint-disable-next-line no-unused-vars
function installCodecChoice({ codec, mode }) {
  const prefer = RTCRtpTransceiver.prototype.setCodecPreferences;
  const transceivers = new Set();
  let chosen = codec;
  RTCRtpTransceiver.prototype.setCodecPreferences = function () {
    transceivers.add(this);
    const { codecs } = RTCRtpSender.getCapabilities('video');
    const wanted = codecs.filter(({ mimeType }) => mimeType === `video/${chosen}` || mimeType === 'video/rtx');
    prefer.call(this, wanted);
  };
  globalThis.reelroomCodec = {
    use(next) {
      chosen = next;
      for (const transceiver of transceivers) transceiver.setCodecPreferences([]);
    },
  };
  const add = RTCPeerConnection.prototype.addTransceiver;
  RTCPeerConnection.prototype.addTransceiver = function (track, init = {}) {
    const { sendEncodings } = init;
    if (!sendEncodings || codec === 'H264' || !globalThis.chrome) return add.call(this, track, init);
    // Without a mode Chromium takes several encodings of VP9 and AV1 for layers of one stream, the smallest one's.
    const layered = [{ active: true, maxBitrate: sendEncodings.at(-1).maxBitrate, scalabilityMode: mode }];
    const encodings = mode ? layered : sendEncodings.map((encoding) => ({ ...encoding, scalabilityMode: 'L1T1' }));
    return add.call(this, track, { ...init, sendEncodings: encodings });
  };
}
