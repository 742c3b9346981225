import { useSignal } from '@preact/signals';
import { LAYOUTS } from '../../../src/core/layouts.js';
import { text } from '../messages/index.js';
import { Modal } from './modal.js';
import type { RoomSession } from './room-session.js';

/** V2: how the recording is laid out. It changes nothing of the page. */
export function LayoutDialog({ session, onClose }: { session: RoomSession; onClose: () => void }) {
  const chosen = useSignal(session.state.value.layout);
  return (
    <Modal
      question={text.layout.question}
      hint={text.layout.hint}
      action={text.layout.use}
      onAction={() => void session.command({ type: 'set-layout', layout: chosen.value })}
      onClose={onClose}
    >
      <fieldset class="choices">
        <legend class="hidden-text">{text.layout.question}</legend>
        {LAYOUTS.map((layout) => (
          <label key={layout} class="choice">
            <input type="radio" name="layout" checked={chosen.value === layout} onChange={() => (chosen.value = layout)} />
            <span>
              <span class="choice-name">{text.layout.names[layout]}</span>
              <span class="muted choice-hint">{text.layout.hints[layout]}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </Modal>
  );
}
