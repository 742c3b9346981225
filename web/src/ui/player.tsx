import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { FileEntry } from '../client/index.js';
import { formatDuration, text } from '../messages/index.js';
import { filesUrl } from './parse-route.js';
import { followLink } from './route.js';

/** A recording's movie with its chapters; who speaks is in a text track that people switch on in the player. */
export function Player({ file, roomId }: { file: FileEntry; roomId: string }) {
  const section = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const broken = useSignal(false);
  const chapters = useSignal<readonly Cue[]>([]);
  const thumbnails = useSignal<readonly Cue[]>([]);
  const atS = useSignal(0);
  useEffect(() => {
    broken.value = false;
    chapters.value = [];
    thumbnails.value = [];
    section.current?.focus();
  }, [file.id]);
  const sidecars = file.sidecars ?? {};
  const goTo = (startS: number) => {
    if (!video.current) return;
    video.current.currentTime = startS;
    void video.current.play().catch(() => undefined);
  };
  return (
    <section ref={section} class="player card" aria-label={text.files.player(file.name)} tabIndex={-1}>
      <video
        key={file.id}
        ref={video}
        controls
        playsInline
        preload="metadata"
        src={file.url ?? undefined}
        poster={file.posterUrl ?? undefined}
        onError={() => (broken.value = true)}
        onTimeUpdate={(event) => (atS.value = event.currentTarget.currentTime)}
      >
        <Cues kind="chapters" src={sidecars['chapters.vtt']} onLoad={(cues) => (chapters.value = cues)} />
        <Cues kind="metadata" src={sidecars['thumbnails.vtt']} onLoad={(cues) => (thumbnails.value = cues)} />
        {sidecars['speakers.vtt'] && <track kind="captions" label={text.files.whoSpeaks} srcLang="en" src={sidecars['speakers.vtt']} />}
      </video>
      {chapters.value.length > 0 && (
        <ol class="chapters" aria-label={text.files.chapters}>
          {chapters.value.map((chapter) => (
            <li key={chapter.startS}>
              <button class="chapter" aria-current={isAt(chapter, atS.value) ? 'true' : undefined} onClick={() => goTo(chapter.startS)}>
                <Thumbnail cues={thumbnails.value} chapter={chapter} sheet={sidecars['thumbnails.jpg']} />
                <span class="chapter-title">
                  <bdi>{chapter.text}</bdi>
                </span>
                <span class="muted chapter-time">{formatDuration(chapter.startS * 1000)}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
      <div class="player-foot">
        <p>{broken.value ? text.files.notPlayable : <bdi>{file.name}</bdi>}</p>
        <a class="button" href={filesUrl(roomId)} onClick={followLink}>
          {text.files.closePlayer}
        </a>
      </div>
    </section>
  );
}

interface Cue {
  startS: number;
  endS: number;
  text: string;
}

/** A track that is never drawn; its cues are read once it is loaded. */
function Cues({ kind, src, onLoad }: { kind: 'chapters' | 'metadata'; src: string | undefined; onLoad: (cues: Cue[]) => void }) {
  const element = useRef<HTMLTrackElement>(null);
  useEffect(() => {
    // Browsers load what is hidden, and not what is disabled.
    if (element.current) element.current.track.mode = 'hidden';
  }, [src]);
  if (!src) return null;
  const loaded = () => {
    const cues = Array.from(element.current?.track.cues ?? []) as VTTCue[];
    onLoad(cues.map(({ startTime, endTime, text: words }) => ({ startS: startTime, endS: endTime, text: unescaped(words) })));
  };
  return <track ref={element} kind={kind} src={src} onLoad={loaded} />;
}

function Thumbnail({ cues, chapter, sheet }: { cues: readonly Cue[]; chapter: Cue; sheet: string | undefined }) {
  // What began has come into the picture a moment later.
  const settled = cues.find(({ startS }) => startS > chapter.startS + 0.5 && startS < chapter.endS);
  const cue = settled ?? cues.findLast(({ startS }) => startS <= chapter.startS);
  const [x, y, width, height] = /#xywh=(\d+),(\d+),(\d+),(\d+)$/.exec(cue?.text ?? '')?.slice(1).map(Number) ?? [];
  if (!sheet || width === undefined) return null;
  return (
    <span
      class="thumbnail"
      aria-hidden="true"
      style={{ width: `${width}px`, height: `${height}px`, backgroundImage: `url("${sheet}")`, backgroundPosition: `-${x}px -${y}px` }}
    />
  );
}

function isAt({ startS, endS }: Cue, atS: number): boolean {
  return atS >= startS && atS < endS;
}

/** A cue's text is as it stands in the file (WebVTT section 4.2.2). */
function unescaped(words: string): string {
  return words.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}
