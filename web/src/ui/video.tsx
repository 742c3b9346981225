import { useEffect, useRef } from 'preact/hooks';

interface VideoProps {
  track: MediaStreamTrack;
  label?: string;
  mirrored?: boolean;
  /** The size on the screen in device pixels, when it is known and whenever it changes. */
  onSize?: (size: { widthPx: number; heightPx: number }) => void;
}

/** A live picture without its sound. */
export function Video({ track, label, mirrored = false, onSize }: VideoProps) {
  const element = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    const video = element.current;
    if (!video) return;
    video.srcObject = new MediaStream([track]);
    // Browsers that save power may refuse until the page is seen; they start it by themselves then.
    video.play().catch(() => undefined);
    return () => {
      video.srcObject = null;
    };
  }, [track]);

  useEffect(() => {
    const video = element.current;
    if (!video || !onSize) return;
    const observer = new ResizeObserver(() => {
      const size = { widthPx: devicePixels(video.clientWidth), heightPx: devicePixels(video.clientHeight) };
      onSize(size);
    });
    observer.observe(video);
    return () => observer.disconnect();
  }, [onSize]);

  return (
    <video
      ref={element}
      class={mirrored ? 'video video-mirrored' : 'video'}
      aria-label={label}
      autoplay
      playsInline
      muted
      // Firefox puts its own picture-in-picture button into each: two stops of the Tab key that do nothing.
      tabIndex={-1}
    />
  );
}

/** Within what the protocol takes. */
function devicePixels(cssPixels: number): number {
  return Math.max(1, Math.min(8192, Math.round(cssPixels * devicePixelRatio)));
}
