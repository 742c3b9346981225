import { text } from '../messages/index.js';
import { VIEWS, type ViewName } from './arrange.js';
import { Icon, type IconName } from './icons.js';
import { Menu, type MenuItem } from './menu.js';
import type { RoomSession } from './room-session.js';

const ICONS: Record<ViewName, IconName> = { stage: 'layout', grid: 'grid', speaker: 'speaker-view' };

/** How oneself looks at the meeting; recordings and others are not touched by it. */
export function ViewMenu({ session }: { session: RoomSession }) {
  const { view, pinned } = session.own;
  const items: MenuItem[] = VIEWS.map((name) => ({
    name: text.view.names[name],
    icon: ICONS[name],
    checked: view.value === name,
    act: () => session.own.choose(name),
  }));
  const person = session.state.value.members.find(({ memberId }) => memberId === pinned.value);
  if (person) items.push({ name: text.view.unpin(person.name), icon: 'pin', act: () => (pinned.value = null) });
  return (
    <Menu name={text.view.open} items={items} class="button button-small button-plain view-button">
      <Icon name={ICONS[view.value]} />
      {text.view.open}
    </Menu>
  );
}
