import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { text } from '../messages/index.js';

interface ModalProps {
  question: string;
  hint: string;
  /** The button that does it. */
  action: string;
  danger?: boolean;
  /** The button that does nothing, where it is not called Cancel. */
  cancel?: string;
  onAction: () => void;
  /** Cancel, Escape, and after the action. */
  onClose: () => void;
  children?: ComponentChildren;
}

/** A question over the page. The browser's own dialog keeps the focus inside. */
export function Modal({ question, hint, action, danger = false, cancel = text.common.cancel, onAction, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const gone = useRef(false);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      // What it asked is settled otherwise: the focus goes back, and nothing is answered.
      gone.current = true;
      element?.close();
    };
  }, []);
  // Closed by the browser, which gives the focus back to where it was; only then is it taken away.
  const close = () => dialog.current?.close();
  const act = () => {
    onAction();
    close();
  };
  return (
    <dialog ref={dialog} class="modal" aria-labelledby={`${id}-q`} aria-describedby={`${id}-h`} onClose={() => !gone.current && onClose()}>
      <h2 id={`${id}-q`}>{question}</h2>
      <p id={`${id}-h`} class="muted">
        {hint}
      </p>
      {children}
      <div class="modal-actions">
        <button class="button" type="button" onClick={close}>
          {cancel}
        </button>
        <button class={`button ${danger ? 'button-danger' : 'button-primary'}`} type="button" autofocus onClick={act}>
          {action}
        </button>
      </div>
    </dialog>
  );
}
