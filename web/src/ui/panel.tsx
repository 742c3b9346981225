import type { RefObject } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { text } from '../messages/index.js';
import { ChatTab } from './chat-tab.js';
import { Icon } from './icons.js';
import type { PanelTab } from './own-view.js';
import { PeopleTab } from './people-tab.js';
import type { RoomSession } from './room-session.js';

const TABS: readonly PanelTab[] = ['people', 'chat'];

/** People and chat, beside the stage; on a phone over it. The meeting's controls stay in reach. */
export function Panel({ session }: { session: RoomSession }) {
  const tab = session.own.panel.value;
  return tab && <OpenPanel session={session} tab={tab} />;
}

function OpenPanel({ session, tab }: { session: RoomSession; tab: PanelTab }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();

  useEffect(() => {
    // Not modal: notices have to stay in reach, and the meeting goes on beside it.
    dialog.current?.show();
  }, []);
  useEffect(() => {
    focusIn(dialog, tab);
  }, [tab]);

  const close = () => {
    // The browser would give the focus back to the button that opened it, whatever is shown by now.
    const button = document.querySelector<HTMLElement>('.toolbar [aria-expanded=true]');
    dialog.current?.close();
    button?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || dialog.current?.querySelector(':popover-open')) return;
    event.preventDefault();
    close();
  };
  const moveTab = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    session.own.panel.value = tab === 'people' ? 'chat' : 'people';
  };

  return (
    <dialog ref={dialog} class="panel" aria-label={text.people.panel} onKeyDown={onKeyDown} onClose={() => (session.own.panel.value = null)}>
      <div class="panel-head">
        <div class="panel-tabs" role="tablist" aria-label={text.people.panel} onKeyDown={moveTab}>
          {TABS.map((other) => (
            <button
              key={other}
              id={`${id}-${other}`}
              class="panel-tab"
              type="button"
              role="tab"
              aria-selected={other === tab}
              aria-controls={`${id}-body`}
              tabIndex={other === tab ? 0 : -1}
              onClick={() => (session.own.panel.value = other)}
            >
              {text[other].open}
            </button>
          ))}
        </div>
        <button class="button button-icon button-plain" type="button" aria-label={text.people.close} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <div class="panel-body" id={`${id}-body`} role="tabpanel" aria-labelledby={`${id}-${tab}`}>
        {tab === 'people' ? <PeopleTab session={session} /> : <ChatTab session={session} />}
      </div>
    </dialog>
  );
}

/** To what people came for: to write, where that opens no keyboard over half of the page; else to the tab. */
function focusIn(dialog: RefObject<HTMLDialogElement | null>, tab: PanelTab): void {
  const field = tab === 'chat' && matchMedia('(pointer: fine)').matches ? dialog.current?.querySelector<HTMLElement>('textarea') : null;
  (field ?? dialog.current?.querySelector<HTMLElement>('[role=tab][aria-selected=true]'))?.focus();
}
