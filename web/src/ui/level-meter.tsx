import { useEffect, useRef } from 'preact/hooks';
import { text } from '../messages/index.js';

/** Shows that the microphone hears something. The bar is 60 dB long. */
export function LevelMeter({ track }: { track: MediaStreamTrack }) {
  const meter = useRef<HTMLMeterElement>(null);

  useEffect(() => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let frame = 0;
    const update = () => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      const db = 10 * Math.log10(power + 1e-10);
      if (meter.current) meter.current.value = Math.max(0, Math.min(1, 1 + db / 60));
      frame = requestAnimationFrame(update);
    };
    update();
    // Contexts made before the first click are suspended; the click resumes this one.
    const resume = () => void context.resume();
    addEventListener('pointerdown', resume);
    addEventListener('keydown', resume);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('pointerdown', resume);
      removeEventListener('keydown', resume);
      void context.close();
    };
  }, [track]);

  return <meter class="level" ref={meter} min={0} max={1} aria-label={text.join.level} />;
}
