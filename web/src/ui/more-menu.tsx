import { useId, useRef } from 'preact/hooks';
import { mayControlRecording, ownMember, ownRole, type RoomState } from '../client/index.js';
import { text } from '../messages/index.js';
import { Icon, type IconName } from './icons.js';
import type { Question } from './room-page.js';
import type { RoomSession } from './room-session.js';
import { filesUrl } from './parse-route.js';
import { navigate } from './route.js';

interface Item {
  name: string;
  icon: IconName;
  danger?: boolean;
  act: () => void;
}

interface MoreMenuProps {
  session: RoomSession;
  onAsk: (question: Question) => void;
  disabled: boolean;
}

/** The three-dots menu: a popover, closed by Escape and by a click elsewhere. */
export function MoreMenu({ session, onAsk, disabled }: MoreMenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const state = session.state.value;
  const items = menuItems(session, state, onAsk);
  const hint = ownRole(state) === 'participant' ? text.room.hostsHaveMore : ownMember(state)?.mobile ? text.room.mobileRecording : null;

  const opening = (event: { newState: string }) => {
    if (event.newState === 'open' && menu.current && button.current) place(menu.current, button.current);
  };
  const opened = (event: { newState: string }) => {
    if (event.newState === 'open') (menu.current?.querySelector<HTMLElement>('[role=menuitem]') ?? menu.current)?.focus();
  };
  const choose = (item: Item) => {
    menu.current?.hidePopover();
    // A dialog that opens now gives the focus back to where it was: to this button.
    button.current?.focus();
    item.act();
  };

  return (
    <>
      <button ref={button} class="tool" type="button" aria-haspopup="menu" popovertarget={id} disabled={disabled}>
        <Icon name="more" />
        <span class="tool-name">{text.room.more}</span>
      </button>
      <div
        ref={menu}
        id={id}
        class="menu"
        popover="auto"
        role="menu"
        aria-label={text.room.more}
        aria-describedby={hint ? `${id}-hint` : undefined}
        tabIndex={-1}
        onBeforeToggle={opening}
        onToggle={opened}
        onKeyDown={(event) => moveFocus(event, menu.current)}
      >
        {items.map((item) => (
          <button
            key={item.name}
            class={item.danger ? 'menu-item menu-item-danger' : 'menu-item'}
            type="button"
            role="menuitem"
            tabIndex={-1}
            onClick={() => choose(item)}
          >
            <Icon name={item.icon} />
            {item.name}
          </button>
        ))}
        {hint && (
          // No item: who looks for "Record" by its name must not find a sentence about it.
          <p id={`${id}-hint`} class="menu-hint muted">
            {hint}
          </p>
        )}
      </div>
    </>
  );
}

function menuItems(session: RoomSession, state: RoomState, onAsk: (question: Question) => void): Item[] {
  const items: Item[] = [];
  if (mayControlRecording(state)) {
    switch (state.recording?.state) {
      case 'starting':
        items.push({ name: text.menu.stop, icon: 'stop', act: () => onAsk('stop') });
        break;
      case 'recording':
        items.push(
          { name: text.menu.pause, icon: 'pause', act: () => void session.command({ type: 'recording-pause' }) },
          { name: text.menu.stop, icon: 'stop', act: () => onAsk('stop') },
        );
        break;
      case 'paused':
        items.push(
          { name: text.menu.resume, icon: 'play', act: () => void session.command({ type: 'recording-resume' }) },
          { name: text.menu.stop, icon: 'stop', act: () => onAsk('stop') },
        );
        break;
      default:
        items.push({ name: text.menu.record, icon: 'record', act: () => onAsk('start') });
    }
  }
  if (state.recording?.state === 'recording' && ownRole(state) !== 'participant') {
    items.push({ name: text.menu.mark, icon: 'mark', act: () => void session.mark() });
  }
  const roomId = state.room?.roomId;
  if (roomId && ownRole(state) !== 'participant') items.push({ name: text.menu.files, icon: 'folder', act: () => navigate(filesUrl(roomId)) });
  if (ownRole(state) !== 'participant') {
    items.push({ name: text.menu.end, icon: 'end', danger: true, act: () => onAsk('end') });
  }
  return items;
}

/** Above its button, and inside the window; the style sheet makes the distances of it. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  menu.style.setProperty('--menu-centre', `${at.left + at.width / 2}px`);
  menu.style.setProperty('--menu-bottom', `${innerHeight - at.top}px`);
}

/** Arrows, Home and End go through the items (ARIA Authoring Practices, menu pattern). */
function moveFocus(event: KeyboardEvent, menu: HTMLElement | null): void {
  const items = [...(menu?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  const at = items.findIndex((item) => item === document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === 'Tab') menu?.hidePopover();
  if (to === undefined || items.length === 0) return;
  event.preventDefault();
  items[to % items.length]?.focus();
}
