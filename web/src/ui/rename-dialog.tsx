import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { text } from '../messages/index.js';
import { Modal } from './modal.js';
import { TextField } from './text-field.js';

interface RenameDialogProps {
  name: string;
  /** Not called where nothing is left of the name. */
  onRename: (name: string) => void;
  onClose: () => void;
}

export function RenameDialog({ name, onRename, onClose }: RenameDialogProps) {
  const field = useRef<HTMLInputElement>(null);
  const value = useSignal(name);
  const rename = () => {
    const wanted = value.value.trim();
    if (wanted !== '' && wanted !== name) onRename(wanted);
  };
  return (
    <Modal question={text.files.renameQuestion} hint={text.files.renameHint} action={text.files.rename} onAction={rename} onClose={onClose}>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          rename();
          event.currentTarget.closest('dialog')?.close();
        }}
      >
        <TextField name={text.files.name} value={value} problem={null} field={field} autocomplete="off" maxLength={200} />
      </form>
    </Modal>
  );
}
