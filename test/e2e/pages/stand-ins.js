/**
 * A person and a slide, drawn: camera, microphone and screen of the pages that scripts/screenshots.mjs
 * takes pictures of. Runs in the page before its own scripts.
 */
function installStandIns({ look, devices }) {
  const drawn = (widthPx, heightPx, fps, draw) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: widthPx, height: heightPx });
    const context = canvas.getContext('2d', { alpha: false });
    const step = () => draw(context, performance.now() / 1000);
    step();
    setInterval(step, 1000 / fps);
    return canvas.captureStream(fps).getVideoTracks()[0];
  };

  function ellipse(context, colour, x, y, radiusX, radiusY = radiusX) {
    context.fillStyle = colour;
    context.beginPath();
    context.ellipse(x, y, radiusX, radiusY, 0, 0, 2 * Math.PI);
    context.fill();
  }

  function box(context, colour, x, y, width, height, radius = 0) {
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(x, y, width, height, radius);
    context.fill();
  }

  /** Head and shoulders before a wall, nodding a little; 640x360. */
  function drawPerson(context, seconds) {
    const { wall, shirt, skin, hair, long } = look;
    const gradient = context.createLinearGradient(0, 0, 640, 360);
    gradient.addColorStop(0, wall[0]);
    gradient.addColorStop(1, wall[1]);
    context.fillStyle = gradient;
    context.fillRect(0, 0, 640, 360);
    context.filter = 'blur(3px)';
    box(context, 'rgb(255 255 255 / 0.28)', 46, 36, 120, 170, 6);
    box(context, 'rgb(0 0 0 / 0.16)', 470, 150, 150, 8);
    ['#c8553d', '#588b8b', '#f2d0a4', '#4a5899'].forEach((colour, index) => box(context, colour, 482 + index * 24, 96 + (index % 2) * 10, 18, 54 - (index % 2) * 10, 2));
    context.filter = 'none';
    const sway = Math.sin(seconds * 0.9) * 4;
    const nod = Math.sin(seconds * 1.7) * 2;
    const x = 320 + sway;
    if (long) box(context, hair, x - 76, 84 + nod, 152, 176, 70);
    box(context, shirt, 176 + sway / 2, 276, 288, 170, 86);
    box(context, skin, x - 27, 216, 54, 82, 24);
    ellipse(context, 'rgb(0 0 0 / 0.1)', x, 246 + nod, 30, 14);
    ellipse(context, skin, x, 166 + nod, 61, 74);
    context.fillStyle = hair;
    context.beginPath();
    context.ellipse(x, 132 + nod, 65, 58, 0, Math.PI, 2 * Math.PI);
    context.quadraticCurveTo(x + 40, 96 + nod, x - 12, 112 + nod);
    context.quadraticCurveTo(x - 48, 118 + nod, x - 65, 132 + nod);
    context.fill();
    const open = seconds % 7 > 6.92 ? 1 : 5;
    for (const side of [-1, 1]) {
      ellipse(context, '#2a2522', x + side * 24, 168 + nod, 5, open);
      box(context, hair, x + side * 24 - 13, 150 + nod, 26, 4, 2);
    }
    context.strokeStyle = 'rgb(90 40 30 / 0.75)';
    context.lineWidth = 4;
    context.lineCap = 'round';
    context.beginPath();
    context.arc(x, 194 + nod, 17, 0.25 * Math.PI, 0.75 * Math.PI);
    context.stroke();
  }

  /** A slide with a chart, laid out on 1280x720. */
  function drawSlide(context) {
    context.setTransform(1.5, 0, 0, 1.5, 0, 0);
    box(context, '#fbfaf7', 0, 0, 1280, 720);
    box(context, '#2f4b7c', 0, 0, 14, 720);
    context.fillStyle = '#1d2433';
    context.font = '600 54px DejaVu Sans, sans-serif';
    context.fillText('Visitors by quarter', 84, 122);
    context.fillStyle = '#667085';
    context.font = '27px DejaVu Sans, sans-serif';
    context.fillText('City library, all branches, thousands', 84, 170);
    const values = [42, 51, 47, 63, 71, 88];
    values.forEach((value, index) => {
      const last = index === values.length - 1;
      box(context, last ? '#e07a5f' : '#a9b8d0', 96 + index * 118, 620 - value * 4.4, 74, value * 4.4, 6);
      context.fillStyle = last ? '#e07a5f' : '#667085';
      context.font = '600 26px DejaVu Sans, sans-serif';
      context.fillText(String(value), 116 + index * 118, 606 - value * 4.4);
      context.fillStyle = '#667085';
      context.font = '22px DejaVu Sans, sans-serif';
      context.fillText(`Q${(index % 4) + 1}`, 118 + index * 118, 656);
    });
    [['#e07a5f', 'Evening hours', 'brought 9 in 10 of them'], ['#2f4b7c', 'Next', 'Sundays, from March on']].forEach(([colour, head, rest], index) => {
      box(context, colour, 862, 292 + index * 150, 10, 84, 5);
      context.fillStyle = '#1d2433';
      context.font = '600 30px DejaVu Sans, sans-serif';
      context.fillText(head, 894, 326 + index * 150);
      context.fillStyle = '#667085';
      context.font = '25px DejaVu Sans, sans-serif';
      context.fillText(rest, 894, 366 + index * 150);
    });
  }

  function quietVoice() {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const gain = context.createGain();
    gain.gain.value = 0.02;
    const output = context.createMediaStreamDestination();
    tone.connect(gain).connect(output);
    tone.start();
    return output.stream.getAudioTracks()[0];
  }

  const methods = {
    async getUserMedia({ audio, video }) {
      if (devices === 'starting') return new Promise(() => undefined);
      if (devices === 'refused') throw new DOMException('refused', 'NotAllowedError');
      if (devices === 'none') throw new DOMException('none', 'NotFoundError');
      const tracks = [];
      if (audio) tracks.push(quietVoice());
      if (video) tracks.push(drawn(640, 360, 12, drawPerson));
      for (const track of tracks) {
        const deviceId = { audio, video }[track.kind].deviceId?.ideal ?? `${track.kind}input-0`;
        track.getSettings = () => ({ width: 640, height: 360, deviceId });
      }
      return new MediaStream(tracks);
    },
    async getDisplayMedia() {
      return new MediaStream([drawn(1920, 1080, 5, drawSlide)]);
    },
    async enumerateDevices() {
      const device = (kind, label, index) => ({ deviceId: `${kind}-${index}`, groupId: '', kind, label });
      if (devices !== 'two of each') return [];
      return [device('videoinput', 'Built-in camera', 0), device('videoinput', 'Desk camera', 1), device('audioinput', 'Built-in microphone', 0), device('audioinput', 'Headset', 1), device('audiooutput', 'Built-in speaker', 0), device('audiooutput', 'Headset', 1)];
    },
  };
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(MediaDevices.prototype, name, { value });
}
