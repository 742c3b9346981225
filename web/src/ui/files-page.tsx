import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { FileEntry, RoomFiles } from '../client/index.js';
import { formatBytes, formatDateTime, formatDuration, formatShare, formatWait, text, wordsOfError, wordsOfFailure, wordsOfPrivate } from '../messages/index.js';
import { api } from './api.js';
import { DownloadButton } from './download-button.js';
import { Icon } from './icons.js';
import { Brand } from './message.js';
import { filesUrl } from './parse-route.js';
import { Player } from './player.js';
import { followLink, navigate } from './route.js';
import { Spinner } from './spinner.js';
import { StoredFiles } from './stored-files.js';

type Loaded = { name: 'loading' } | { name: 'failed'; message: string } | { name: 'loaded'; files: RoomFiles };

/** How often the list is read again while a file is being made, ms. */
const REFRESH_MS = 2000;

interface FilesPageProps {
  roomId: string;
  fileId: string | null;
  /** Of the meeting that goes on meanwhile, or null. */
  meetingUrl: string | null;
}

export function FilesPage({ roomId, fileId, meetingUrl }: FilesPageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const loaded = useSignal<Loaded>({ name: 'loading' });
  const attempt = useSignal(0);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const load = async () => {
      try {
        const files = await api.files(roomId);
        if (over) return;
        loaded.value = { name: 'loaded', files };
        const unfinished = files.folders.some((folder) => folder.files.some((file) => !isFinal(file)));
        if (unfinished) timer = setTimeout(load, REFRESH_MS);
      } catch (error) {
        if (over) return;
        // A list that is there stays, and so does what plays.
        if (loaded.value.name === 'loaded') timer = setTimeout(load, REFRESH_MS);
        else loaded.value = { name: 'failed', message: wordsOfError(error) };
      }
    };
    if (roomId === '') loaded.value = { name: 'failed', message: text.files.noRoom };
    else void load();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [roomId, attempt.value]);

  useEffect(() => {
    heading.current?.focus();
    document.title = `${text.files.heading} · ${text.product}`;
    return () => {
      document.title = text.product;
    };
  }, []);

  const retry = () => {
    loaded.value = { name: 'loading' };
    attempt.value += 1;
  };

  return (
    <main class="files">
      <header class="files-head">
        <Brand />
        {meetingUrl !== null && (
          <button class="button" onClick={() => navigate(meetingUrl)}>
            <Icon name="back" />
            {text.files.backToMeeting}
          </button>
        )}
      </header>
      <h1 ref={heading} tabIndex={-1}>
        {text.files.heading}
      </h1>
      <Content loaded={loaded.value} fileId={fileId} onRetry={retry} onChanged={() => (attempt.value += 1)} />
    </main>
  );
}

function isFinal(file: FileEntry): boolean {
  return file.state === 'available' || file.state === 'failed';
}

function Content({ loaded, fileId, onRetry, onChanged }: { loaded: Loaded; fileId: string | null; onRetry: () => void; onChanged: () => void }) {
  switch (loaded.name) {
    case 'loading':
      return (
        <p class="loading muted" role="status">
          <Spinner />
          {text.common.loading}
        </p>
      );
    case 'failed':
      return (
        <div class="card empty" role="alert">
          <Icon name="warning" />
          <h2>{text.files.failed}</h2>
          <p class="muted">{loaded.message}</p>
          <button class="button" onClick={onRetry}>
            {text.common.tryAgain}
          </button>
        </div>
      );
    case 'loaded':
      return <Folders files={loaded.files} fileId={fileId} onChanged={onChanged} />;
  }
}

function Folders({ files, fileId, onChanged }: { files: RoomFiles; fileId: string | null; onChanged: () => void }) {
  const folders = files.folders.length > 0 ? files.folders : [{ name: text.files.folder, files: [] }];
  const open = folders.flatMap((folder) => folder.files).find((file) => file.id === fileId && file.url !== null);
  const lastOpen = useRef<string | null>(null);
  useEffect(() => {
    // Back to where the player was opened from.
    if (fileId === null && lastOpen.current !== null) document.getElementById(fileLinkId(lastOpen.current))?.focus();
    lastOpen.current = fileId;
  }, [fileId]);
  return (
    <>
      <p class="lead">
        <bdi>{files.room.title}</bdi>
      </p>
      {open && <Player file={open} roomId={files.room.id} />}
      <StoredFiles files={files} onChanged={onChanged} />
      {folders.map((folder) => (
        <section key={folder.name} class="folder" aria-label={folderName(folder.name)}>
          <h2>
            <Icon name="folder" />
            {folderName(folder.name)}
          </h2>
          {folder.files.length === 0 ? (
            <div class="card empty">
              <Icon name="film" />
              <h3>{text.files.empty}</h3>
              <p class="muted">{text.files.emptyHint}</p>
            </div>
          ) : (
            <ul class="card file-list">
              {folder.files.map((file) => (
                <FileRow key={file.id} file={file} roomId={files.room.id} meant={file.id === fileId && file.url === null} />
              ))}
            </ul>
          )}
        </section>
      ))}
    </>
  );
}

/** F1: the server's folders have English names; the ones that it makes itself are known by other names too. */
function folderName(name: string): string {
  const names: Record<string, string> = text.files.folders;
  return names[name] ?? name;
}

function fileLinkId(fileId: string): string {
  return `file-${fileId}`;
}

/** `meant`: a link leads to this file, which is not to be opened: then it is shown where it is. */
function FileRow({ file, roomId, meant }: { file: FileEntry; roomId: string; meant: boolean }) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (meant) row.current?.scrollIntoView({ block: 'nearest' });
  }, [meant]);
  return (
    <li ref={row} class={meant ? 'file file-meant' : 'file'} aria-current={meant ? 'true' : undefined}>
      <span class="poster">
        {file.posterUrl ? <img src={file.posterUrl} alt="" loading="lazy" /> : <Icon name="film" />}
        {file.durationMs > 0 && <span class="poster-time">{formatDuration(file.durationMs)}</span>}
      </span>
      <span class="file-text">
        {file.url === null ? (
          <span class="file-name">
            <bdi>{file.name}</bdi>
          </span>
        ) : (
          <a id={fileLinkId(file.id)} class="file-name" href={filesUrl(roomId, file.id)} onClick={followLink}>
            <bdi>{file.name}</bdi>
          </a>
        )}
        <span class="muted file-facts">
          {file.startedAt && <time dateTime={file.startedAt}>{formatDateTime(file.startedAt)}</time>}
          {file.bytes > 0 && <span>{formatBytes(file.bytes)}</span>}
          {file.privateTo && <span>{wordsOfPrivate(file.privateTo)}</span>}
          {file.state !== 'available' && (
            <span class={`state state-${file.state}`}>
              {!isFinal(file) && <Spinner />}
              {text.files.states[file.state]}
            </span>
          )}
          {file.progress && <MovieProgress progress={file.progress} />}
        </span>
        {file.failure && (
          <span class="file-failure">
            <bdi>{wordsOfFailure(file.failure)}</bdi>
          </span>
        )}
      </span>
      {file.downloadUrl && <DownloadButton url={file.downloadUrl} name={file.name} />}
    </li>
  );
}

/** What is left of making it, where that takes longer than a look at it. */
function MovieProgress({ progress }: { progress: NonNullable<FileEntry['progress']> }) {
  const { behindMs, leftMs, recordedMs, waits } = progress;
  if (waits) return <span>{text.files.waits}</span>;
  if (behindMs === null || leftMs === null || recordedMs === null || leftMs < 2_000) return null;
  const share = 1 - behindMs / recordedMs;
  return (
    <>
      <progress class="file-progress" value={share} aria-label={text.files.states.finalising} />
      <span>{formatShare(share)}</span>
      <span>{text.files.left(formatWait(leftMs))}</span>
    </>
  );
}
