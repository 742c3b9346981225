import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { FILE_TYPE_NAMES } from '../../../src/core/file-types.js';
import type { RoomFiles, StoredFile } from '../client/index.js';
import { formatBytes, formatDateTime, formatShare, text, wordsOfCode, wordsOfError } from '../messages/index.js';
import { api } from './api.js';
import { DownloadButton } from './download-button.js';
import { kindOf } from './file-kinds.js';
import { Icon } from './icons.js';
import { Modal } from './modal.js';
import { RenameDialog } from './rename-dialog.js';
import { uploadsOf, type Uploading, type Uploads } from './uploads.js';

/** A picture up to this size is its own small one. */
const MAX_THUMBNAIL_BYTES = 5_000_000;

interface Asked {
  about: 'name' | 'deletion';
  file: StoredFile;
}

/** What people added beside the recordings; hosts and moderators, who alone see this page, may add more. */
export function StoredFiles({ files, onChanged }: { files: RoomFiles; onChanged: () => void }) {
  const { room, files: stored, maxFileBytes } = files;
  const heading = useRef<HTMLHeadingElement>(null);
  const asked = useSignal<Asked | null>(null);
  const problem = useSignal<string | null>(null);
  const uploads = uploadsOf(room.id);
  const added = uploads.added.value;
  const addedBefore = useRef(added);
  useEffect(() => {
    if (added !== addedBefore.current) onChanged();
    addedBefore.current = added;
  }, [added]);

  const change = async (how: () => Promise<unknown>) => {
    problem.value = null;
    try {
      await how();
    } catch (error) {
      problem.value = wordsOfError(error);
    }
    onChanged();
  };
  const remove = (file: StoredFile) => {
    // Its own button, where the focus comes from, goes with it.
    requestAnimationFrame(() => heading.current?.focus());
    void change(() => api.deleteFile(file));
  };
  const question = asked.value;
  const add = (chosen: Iterable<File>) => uploads.add([...chosen], maxFileBytes);

  return (
    <section
      class="folder"
      aria-label={text.files.added}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        add(event.dataTransfer?.files ?? []);
      }}
    >
      <div class="folder-head">
        <h2 ref={heading} tabIndex={-1}>
          <Icon name="pages" />
          {text.files.added}
        </h2>
        <AddButton onChoose={add} />
      </div>
      {problem.value !== null && <p class="problem" role="alert">{problem.value}</p>}
      <UploadList uploads={uploads} />
      {stored.length === 0 ? (
        <p class="muted">{text.files.addHint(formatBytes(maxFileBytes))}</p>
      ) : (
        <ul class="card file-list">
          {stored.map((file) => (
            <StoredRow key={file.id} file={file} onAsk={(about) => (asked.value = { about, file })} />
          ))}
        </ul>
      )}
      {question && <Question asked={question} onRename={(name) => void change(() => api.renameFile(question.file, name))} onDelete={() => remove(question.file)} onClose={() => (asked.value = null)} />}
    </section>
  );
}

interface QuestionProps {
  asked: Asked;
  onRename: (name: string) => void;
  onDelete: () => void;
  onClose: () => void;
}

function Question({ asked: { about, file }, onRename, onDelete, onClose }: QuestionProps) {
  if (about === 'name') return <RenameDialog name={file.name} onRename={onRename} onClose={onClose} />;
  return <Modal question={text.files.deleteQuestion(file.name)} hint={text.files.deleteHint} action={text.files.delete} danger onAction={onDelete} onClose={onClose} />;
}

function AddButton({ onChoose }: { onChoose: (files: Iterable<File>) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const chosen = () => {
    if (!input.current) return;
    onChoose(input.current.files ?? []);
    // The same one may be chosen again.
    input.current.value = '';
  };
  return (
    <>
      <button class="button" type="button" onClick={() => input.current?.click()}>
        <Icon name="add" />
        {text.files.add}
      </button>
      <input ref={input} type="file" hidden multiple accept={FILE_TYPE_NAMES.join(',')} onChange={chosen} />
    </>
  );
}

function UploadList({ uploads }: { uploads: Uploads }) {
  const list = uploads.list.value;
  return (
    <ul class={list.length > 0 ? 'card file-list' : ''} aria-live="polite" aria-relevant="additions">
      {list.map((uploading) => (
        <UploadRow key={uploading.key} uploading={uploading} onRemove={() => uploads.remove(uploading.key)} />
      ))}
    </ul>
  );
}

function UploadRow({ uploading: { key, name, share, problem }, onRemove }: { uploading: Uploading; onRemove: () => void }) {
  const nameId = `upload-${key}`;
  return (
    <li class="upload">
      <span class="file-text">
        <span id={nameId} class="file-name">
          <bdi>{name}</bdi>
        </span>
        {problem ? (
          <span class="file-failure" role="alert">
            {wordsOfCode(problem.code, problem.message)}
          </span>
        ) : (
          <span class="muted file-facts">
            <progress class="file-progress" value={share} aria-label={text.files.sending(name)} />
            <span>{formatShare(share)}</span>
          </span>
        )}
      </span>
      <button class="button" type="button" aria-describedby={nameId} onClick={onRemove}>
        {problem ? text.common.dismiss : text.common.cancel}
      </button>
    </li>
  );
}

function StoredRow({ file: { id, name, type, bytes, addedAt, url }, onAsk }: { file: StoredFile; onAsk: (about: Asked['about']) => void }) {
  const { icon, words } = kindOf(type);
  const nameId = `file-${id}`;
  return (
    <li class="file file-stored">
      <span class="poster">{type.startsWith('image/') && bytes <= MAX_THUMBNAIL_BYTES ? <img src={url} alt="" loading="lazy" /> : <Icon name={icon} />}</span>
      <span class="file-text">
        <a id={nameId} class="file-name" href={url} download={name}>
          <bdi>{name}</bdi>
        </a>
        <span class="muted file-facts">
          <span>{words}</span>
          <span>{formatBytes(bytes)}</span>
          <time dateTime={addedAt}>{formatDateTime(addedAt)}</time>
        </span>
      </span>
      <span class="file-actions">
        <DownloadButton url={url} name={name} describedBy={nameId} />
        <button class="button" type="button" aria-describedby={nameId} onClick={() => onAsk('name')}>
          {text.files.rename}
        </button>
        <button class="button" type="button" aria-describedby={nameId} onClick={() => onAsk('deletion')}>
          {text.files.delete}
        </button>
      </span>
    </li>
  );
}
