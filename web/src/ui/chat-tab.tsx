import { useSignal } from '@preact/signals';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { MAX_CHAT_LENGTH, REACTIONS } from '../../../src/core/chat.js';
import type { ChatMessageMessage } from '../../../src/signaling/protocol.js';
import { formatTime, text } from '../messages/index.js';
import { goesOn, linkParts, unreadOf } from './chat.js';
import { Icon } from './icons.js';
import type { RoomSession } from './room-session.js';

/** From so few characters left on they are counted. */
const COUNTED_FROM = 200;
/** Nearer to the end than this the list follows what comes, CSS pixels. */
const AT_END_PX = 48;

/** What people write to everybody, and where one writes. */
export function ChatTab({ session }: { session: RoomSession }) {
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useSignal(true);
  const { chat, memberId } = session.state.value;
  // What was unread when the chat was opened stays marked until it is closed.
  const firstUnread = useSignal(unreadOf(chat, session.own.read.peek(), memberId)[0]?.number ?? null).value;
  const newest = chat.at(-1)?.number ?? 0;

  const toEnd = () => list.current?.scrollTo(0, list.current.scrollHeight);
  const scrolled = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = list.current ?? {};
    atEnd.value = scrollHeight - scrollTop - clientHeight < AT_END_PX;
  };
  useLayoutEffect(() => {
    if (atEnd.peek()) toEnd();
  }, [chat]);
  useEffect(() => {
    if (atEnd.value) session.own.read.value = newest;
  }, [newest, atEnd.value]);

  const unseen = unreadOf(chat, session.own.read.value, memberId).length;
  return (
    <div class="chat">
      <div ref={list} class="chat-list" role="log" aria-label={text.chat.messages} tabIndex={0} onScroll={scrolled}>
        {chat.length === 0 && (
          <div class="chat-empty">
            <Icon name="chat" />
            <p>{text.chat.empty}</p>
            <p class="muted">{text.chat.emptyHint}</p>
          </div>
        )}
        {chat.map((message, index) => (
          <Message key={message.number} session={session} message={message} fresh={message.number === firstUnread} goesOn={goesOn(chat[index - 1], message)} />
        ))}
      </div>
      {!atEnd.value && (
        <button class="button button-small chat-down" type="button" onClick={toEnd}>
          <Icon name="down" />
          {unseen > 0 ? text.chat.unread(unseen) : text.chat.toNewest}
        </button>
      )}
      <Writing session={session} onSent={toEnd} />
    </div>
  );
}

interface MessageProps {
  session: RoomSession;
  message: ChatMessageMessage;
  /** The first one that was not read. */
  fresh: boolean;
  /** Of the same person as the one before it. */
  goesOn: boolean;
}

function Message({ session, message, fresh, goesOn: goesOnHere }: MessageProps) {
  const noHead = goesOnHere && !fresh;
  const id = useId();
  const picks = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const { memberId } = session.state.value;
  const own = message.memberId === memberId;
  const react = (reaction: (typeof REACTIONS)[number]) => {
    picks.value = false;
    button.current?.focus();
    void session.command({ type: 'chat-react', number: message.number, reaction });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !picks.value) return;
    // The panel stays.
    event.preventDefault();
    picks.value = false;
    button.current?.focus();
  };
  return (
    <article class={noHead ? 'chat-message chat-goes-on' : 'chat-message'} onKeyDown={onKeyDown}>
      {fresh && <p class="chat-fresh">{text.chat.fresh}</p>}
      <p class={noHead ? 'hidden-text' : 'chat-head'}>
        <bdi class="chat-name">{own ? text.chat.you : message.name}</bdi>
        <time class="muted" dateTime={new Date(message.sentAt).toISOString()}>
          {formatTime(message.sentAt)}
        </time>
      </p>
      <p class="chat-text" dir="auto">
        <Words text={message.text} />
      </p>
      <div class="chat-reactions">
        {REACTIONS.map((reaction) => {
          const by = message.reactions[reaction] ?? [];
          if (by.length === 0) return null;
          return (
            <button
              key={reaction}
              class="chat-reaction"
              type="button"
              aria-pressed={memberId !== null && by.includes(memberId)}
              aria-label={text.chat.reacted(reaction, namesOf(session, by))}
              title={namesOf(session, by)}
              onClick={() => react(reaction)}
            >
              <span>{reaction}</span>
              <span class="chat-reaction-count" data-count={by.length} aria-hidden="true" />
            </button>
          );
        })}
        <button ref={button} class="chat-react" type="button" aria-label={text.chat.react} aria-expanded={picks.value} aria-controls={id} onClick={() => (picks.value = !picks.value)}>
          <Icon name="smile" />
        </button>
      </div>
      {picks.value && (
        <div id={id} class="chat-picks" role="group" aria-label={text.chat.reactions}>
          {REACTIONS.map((reaction, index) => (
            <button key={reaction} class="chat-pick" type="button" autofocus={index === 0} aria-label={text.chat.reactWith(reaction)} onClick={() => react(reaction)}>
              {reaction}
            </button>
          ))}
        </div>
      )}
    </article>
  );
}

function namesOf(session: RoomSession, memberIds: readonly string[]): string {
  const { members, memberId: ownId } = session.state.value;
  // Who left is counted, and not known any more.
  const names = memberIds.flatMap((id) => (id === ownId ? [text.chat.you] : members.filter(({ memberId }) => memberId === id).map(({ name }) => name)));
  return names.length > 0 ? names.join(', ') : String(memberIds.length);
}

function Words({ text: words }: { text: string }) {
  return (
    <>
      {linkParts(words).map((part) =>
        part.kind === 'text' ? (
          part.text
        ) : (
          <a href={part.url} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ),
      )}
    </>
  );
}

function Writing({ session, onSent }: { session: RoomSession; onSent: () => void }) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const problem = useSignal<string | null>(null);
  const { draft } = session.own;
  const left = MAX_CHAT_LENGTH - draft.value.trim().length;

  // As high as what is written, up to the style sheet's limit.
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + 2}px`;
  }, [draft.value]);

  const send = async () => {
    const words = draft.value.trim();
    if (words === '' || left < 0) return;
    draft.value = '';
    problem.value = null;
    const refusal = await session.attempt({ type: 'chat', text: words });
    if (refusal === null) {
      onSent();
      return;
    }
    problem.value = text.chat.notSent(refusal);
    // What was not sent is not lost, and what was written meanwhile neither.
    draft.value = draft.value === '' ? words : `${words}\n${draft.value}`;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends the choice of a character in writing systems that are composed.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <form
      class="chat-writing"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <div class="chat-field">
        <textarea
          ref={field}
          class="input"
          dir="auto"
          rows={1}
          aria-label={text.chat.message}
          aria-describedby={`${id}-left`}
          aria-invalid={left < 0}
          placeholder={text.chat.placeholder}
          value={draft.value}
          onInput={(event) => (draft.value = event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button class="button button-icon button-primary" type="submit" aria-label={text.chat.send} aria-disabled={left < 0 || draft.value.trim() === ''}>
          <Icon name="send" />
        </button>
      </div>
      <p id={`${id}-left`} class={left < 0 ? 'chat-left problem' : 'chat-left muted'} role="status">
        {left < 0 ? text.chat.tooLong(-left) : left < COUNTED_FROM ? text.chat.left(left) : null}
      </p>
    </form>
  );
}
