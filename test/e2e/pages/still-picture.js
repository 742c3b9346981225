/**
 * Puts pictures that stand still in the place of camera and screen: rectangles of known colours, and lines of
 * text. A blinking corner makes the browser send frames, so that what it sends gets as good as it can.
 */
// eslint-disable-next-line no-unused-vars
function installStillPicture({ camera, screen }) {
  function canvasOf({ widthPx, heightPx, background, patches = [], text = [] }) {
    const canvas = document.createElement('canvas');
    canvas.width = widthPx;
    canvas.height = heightPx;
    const context = canvas.getContext('2d', { alpha: false });
    context.fillStyle = background;
    context.fillRect(0, 0, widthPx, heightPx);
    for (const { x, y, widthPx: width, heightPx: height, colour } of patches) {
      context.fillStyle = colour;
      context.fillRect(x, y, width, height);
    }
    context.textBaseline = 'top';
    for (const { x, y, font, colour, line } of text) {
      context.font = font;
      context.fillStyle = colour;
      context.fillText(line, x, y);
    }
    let lit = false;
    setInterval(() => {
      lit = !lit;
      context.fillStyle = lit ? '#fff' : '#000';
      context.fillRect(widthPx - 8, heightPx - 8, 8, 8);
    }, 200);
    return canvas;
  }
  const canvases = {};
  const streamOf = (name, picture) => (canvases[name] ??= canvasOf(picture)).captureStream().getVideoTracks()[0];
  const devices = globalThis.MediaDevices?.prototype;
  if (!devices) return;
  const { getUserMedia } = devices;
  devices.getUserMedia = async function (constraints = {}) {
    if (!constraints.video) return getUserMedia.call(this, constraints);
    const sound = constraints.audio ? (await getUserMedia.call(this, { audio: constraints.audio })).getAudioTracks() : [];
    return new MediaStream([streamOf('camera', camera), ...sound]);
  };
  devices.getDisplayMedia = async () => new MediaStream([streamOf('screen', screen)]);
  // What the screen shows, as a PNG in base64.
  globalThis.reelroomScreen = () => canvases.screen.toDataURL('image/png').split(',')[1];
}
