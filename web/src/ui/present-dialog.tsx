import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { ownRole } from '../client/index.js';
import { text } from '../messages/index.js';
import type { Presentable } from './presentable.js';
import { RoomFilesChoice } from './room-files-choice.js';
import type { RoomSession } from './room-session.js';
import { Spinner } from './spinner.js';

/** Chooses what is shown on the stage: pictures or a PDF's pages, one after the other, or a film; of one's own, or of the room's. */
export function PresentDialog({ session, onClose }: { session: RoomSession; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const opening = useSignal(false);
  const failed = useSignal(false);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const state = session.state.value;
  const roomId = ownRole(state) === 'participant' ? null : (state.room?.roomId ?? null);

  const present = async (files: readonly Presentable[]): Promise<void> => {
    if (files.length === 0 || opening.value) return;
    opening.value = true;
    failed.value = !(await session.media.present(files));
    opening.value = false;
    if (!failed.value) dialog.current?.close();
  };

  return (
    <dialog
      ref={dialog}
      class="modal present"
      aria-labelledby={`${id}-q`}
      aria-describedby={`${id}-h`}
      onClose={onClose}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void present([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <h2 id={`${id}-q`}>{text.present.question}</h2>
      <p id={`${id}-h`} class="muted">
        {text.present.hint}
      </p>
      <label class="file-choice">
        <span>{text.present.file}</span>
        <input type="file" accept="image/*,video/*,application/pdf" multiple autofocus onChange={(event) => void present([...(event.currentTarget.files ?? [])])} />
      </label>
      {roomId !== null && <RoomFilesChoice roomId={roomId} disabled={opening.value} onChoose={(file) => void present([file])} />}
      <p role="status">{opening.value && <Spinner />}</p>
      {failed.value && <p role="alert">{text.present.failed}</p>}
      <div class="modal-actions">
        <button class="button" type="button" onClick={() => dialog.current?.close()}>
          {text.common.cancel}
        </button>
      </div>
    </dialog>
  );
}
