import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { Icon, type IconName } from './icons.js';

export interface MenuItem {
  name: string;
  icon: IconName;
  danger?: boolean;
  /** One of several of which one holds. */
  checked?: boolean;
  act: () => void;
}

interface MenuProps {
  /** Name of the button and of its menu. */
  name: string;
  items: MenuItem[];
  /** Said below the items, or instead of them. */
  hint?: string | null;
  /** Class and content of the button. */
  class: string;
  children: ComponentChildren;
  disabled?: boolean;
}

const ITEMS = '[role^=menuitem]';

/** A button with its menu: a popover, closed by Escape and by a click elsewhere. Without items it is no menu, but words. */
export function Menu({ name, items, hint = null, class: buttonClass, children, disabled = false }: MenuProps) {
  const id = useId();
  const role = items.length > 0 ? 'menu' : 'dialog';
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);

  const opening = (event: { newState: string }) => {
    if (event.newState === 'open' && menu.current && button.current) place(menu.current, button.current);
  };
  const opened = (event: { newState: string }) => {
    if (event.newState === 'open') (menu.current?.querySelector<HTMLElement>(ITEMS) ?? menu.current)?.focus();
  };
  const choose = (item: MenuItem) => {
    menu.current?.hidePopover();
    // A dialog that opens now gives the focus back to where it was: to this button.
    button.current?.focus();
    item.act();
  };

  return (
    <>
      <button ref={button} class={buttonClass} type="button" aria-haspopup={role} aria-label={name} popovertarget={id} disabled={disabled}>
        {children}
      </button>
      <div
        ref={menu}
        id={id}
        class="menu"
        popover="auto"
        role={role}
        aria-label={name}
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
            role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
            aria-checked={item.checked}
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

/** Above or below its button, where there is more room, and inside the window; the style sheet makes the distances of it. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const below = at.top < innerHeight - at.bottom;
  menu.classList.toggle('menu-below', below);
  menu.style.setProperty('--menu-centre', `${at.left + at.width / 2}px`);
  menu.style.setProperty('--menu-edge', `${below ? at.bottom : innerHeight - at.top}px`);
}

/** Arrows, Home and End go through the items (ARIA Authoring Practices, menu pattern). */
function moveFocus(event: KeyboardEvent, menu: HTMLElement | null): void {
  const items = [...(menu?.querySelectorAll<HTMLElement>(ITEMS) ?? [])];
  const at = items.findIndex((item) => item === document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === 'Tab') menu?.hidePopover();
  if (to === undefined || items.length === 0) return;
  event.preventDefault();
  items[to % items.length]?.focus();
}
