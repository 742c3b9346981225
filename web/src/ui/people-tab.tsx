import { useSignal } from '@preact/signals';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { initials } from '../../../src/core/initials.js';
import type { MemberMessage } from '../../../src/signaling/protocol.js';
import { mayModerate, sharesScreen, weaknessOf } from '../client/index.js';
import { text } from '../messages/index.js';
import { ConnectionSign } from './connection-sign.js';
import { Door } from './door.js';
import { Icon } from './icons.js';
import { Menu } from './menu.js';
import { groupPeople, isFound, SEARCH_FROM } from './people.js';
import { personItems } from './person-actions.js';
import type { RoomSession } from './room-session.js';

/** Who is here. */
export function PeopleTab({ session }: { session: RoomSession }) {
  const query = useSignal('');
  const { members } = session.state.value;
  const searchable = members.length >= SEARCH_FROM;
  const found = searchable ? members.filter(({ name }) => isFound(name, query.value)) : members;
  const { onStage, audience } = groupPeople(found);
  const list = useRef<HTMLDivElement>(null);
  // Who goes from one group to the other gets another row: the focus goes along.
  const focused = list.current?.contains(document.activeElement) ? document.activeElement?.closest('li')?.dataset.member : undefined;
  useLayoutEffect(() => {
    if (focused === undefined || list.current?.contains(document.activeElement)) return;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('li') ?? [])];
    rows.find(({ dataset }) => dataset.member === focused)?.querySelector('button')?.focus();
  });
  return (
    <div class="people" ref={list}>
      {mayModerate(session.state.value) && <Door session={session} />}
      {searchable && (
        <input
          class="input"
          type="search"
          dir="auto"
          aria-label={text.people.search}
          placeholder={text.people.search}
          value={query.value}
          onInput={(event) => (query.value = event.currentTarget.value)}
        />
      )}
      {found.length === 0 && <p class="muted" role="status">{text.people.noneFound}</p>}
      <Group session={session} heading={text.people.onStage(onStage.length)} people={onStage} />
      <Group session={session} heading={text.people.audience(audience.length)} people={audience} />
    </div>
  );
}

function Group({ session, heading, people }: { session: RoomSession; heading: string; people: MemberMessage[] }) {
  const id = useId();
  if (people.length === 0) return null;
  return (
    <section aria-labelledby={id}>
      <h2 id={id} class="people-heading">
        {heading}
      </h2>
      <ul class="people-list">
        {people.map((person) => (
          <Row key={person.memberId} session={session} person={person} />
        ))}
      </ul>
    </section>
  );
}

function Row({ session, person }: { session: RoomSession; person: MemberMessage }) {
  const state = session.state.value;
  const own = person.memberId === state.memberId;
  const items = personItems(session, person);
  const asks = !person.onStage && person.handRaisedAt !== null && !own && mayModerate(state);
  return (
    <li class="person" aria-label={person.name} data-member={person.memberId}>
      <span class="person-initials" aria-hidden="true">
        {initials(person.name)}
      </span>
      <div class="person-words">
        <bdi class="person-name">{own ? text.room.you(person.name) : person.name}</bdi>
        <span class="person-state muted">{stateOf(person)}</span>
        {asks && (
          <button class="button button-small button-primary" type="button" onClick={() => void session.command({ type: 'stage-invite', memberId: person.memberId })}>
            {text.people.bring}
          </button>
        )}
      </div>
      <Signs session={session} person={person} />
      {items.length > 0 && (
        <Menu name={text.people.actionsFor(person.name)} items={items} class="button button-icon button-plain">
          <Icon name="more" />
        </Menu>
      )}
    </li>
  );
}

function stateOf(person: MemberMessage): string {
  const role = person.role === 'participant' ? null : text.room[person.role];
  const state = !person.connected ? text.people.reconnecting : person.invited ? text.people.invited : null;
  return [role, state].filter((words) => words !== null).join(' · ');
}

function Signs({ session, person }: { session: RoomSession; person: MemberMessage }) {
  const heard = person.tracks.some(({ source, muted }) => source === 'microphone' && !muted);
  const weakness = weaknessOf(session.state.value, person);
  return (
    <span class="person-signs">
      {session.own.pinned.value === person.memberId && <Sign icon="pin" words={text.people.pinned} />}
      {session.state.value.highlighted === person.memberId && <Sign icon="highlight" words={text.room.highlighted} />}
      {sharesScreen(person) && <Sign icon="screen" words={text.room.sharing} />}
      {person.handRaisedAt !== null && <Sign icon="hand" words={text.people.handRaised} alert />}
      {weakness && <ConnectionSign weakness={weakness} />}
      {person.onStage && !heard && <Sign icon="microphone" struck words={text.room.micMuted} />}
    </span>
  );
}

function Sign({ icon, words, struck = false, alert = false }: { icon: Parameters<typeof Icon>[0]['name']; words: string; struck?: boolean; alert?: boolean }) {
  return (
    <span class={alert ? 'sign sign-alert' : 'sign'} title={words}>
      <Icon name={icon} struck={struck} />
      <span class="hidden-text">{words}</span>
    </span>
  );
}
