import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { NewRoom } from '../client/index.js';
import { text, wordsOfError } from '../messages/index.js';
import { api } from './api.js';
import { BackToMeeting } from './back-to-meeting.js';
import { CopyButton } from './copy-button.js';
import { LanguageSelect } from './language-select.js';
import { Brand } from './message.js';
import { Spinner } from './spinner.js';
import { TextField } from './text-field.js';

type Step = { name: 'asking' } | { name: 'creating' } | { name: 'created'; title: string; room: NewRoom };

/** `meetingUrl`: of the meeting that goes on meanwhile, or null. */
export function HomePage({ meetingUrl }: { meetingUrl: string | null }) {
  const step = useSignal<Step>({ name: 'asking' });
  const title = useSignal('');
  const problem = useSignal<(() => string) | null>(null);
  const field = useRef<HTMLInputElement>(null);

  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = title.value.trim();
    if (wanted === '') {
      problem.value = () => text.home.titleMissing;
      field.current?.focus();
      return;
    }
    problem.value = null;
    step.value = { name: 'creating' };
    try {
      step.value = { name: 'created', title: wanted, room: await api.createRoom(wanted) };
    } catch (error) {
      problem.value = () => wordsOfError(error);
      step.value = { name: 'asking' };
      // The button was disabled meanwhile and has lost the focus.
      field.current?.focus();
    }
  };

  const again = () => {
    title.value = '';
    step.value = { name: 'asking' };
  };

  return (
    <main class="home">
      <header class="page-head">
        <Brand />
        <LanguageSelect />
        {meetingUrl !== null && <BackToMeeting url={meetingUrl} />}
      </header>
      {step.value.name === 'created' ? (
        <Created title={step.value.title} room={step.value.room} onAgain={again} />
      ) : (
        <div class="home-body">
          <h1>{text.home.heading}</h1>
          <p class="lead">{text.home.intro}</p>
          <form class="card home-form" onSubmit={create} noValidate>
            <TextField
              name={text.home.title}
              value={title}
              problem={problem.value}
              field={field}
              autocomplete="off"
              placeholder={text.home.titlePlaceholder}
            />
            <button class="button button-primary" type="submit" disabled={step.value.name === 'creating'}>
              {step.value.name === 'creating' && <Spinner />}
              {step.value.name === 'creating' ? text.home.creating : text.home.create}
            </button>
          </form>
        </div>
      )}
    </main>
  );
}

function Created({ title, room, onAgain }: { title: string; room: NewRoom; onAgain: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const links = [
    { ...text.home.links.host, url: room.hostUrl },
    { ...text.home.links.moderator, url: room.moderatorUrl },
    { ...text.home.links.participant, url: room.participantUrl },
  ];
  return (
    <div class="home-body">
      <h1 ref={heading} tabIndex={-1}>
        {text.home.ready(title)}
      </h1>
      <p class="lead">{text.home.linksIntro}</p>
      <ul class="card links">
        {links.map(({ name, hint, copy, url }) => (
          <li key={name} class="link-row">
            <div class="link-text">
              <a href={url}>{name}</a>
              <span class="muted">{hint}</span>
            </div>
            <CopyButton name={copy} value={url} />
          </li>
        ))}
      </ul>
      <button class="button" onClick={onAgain}>
        {text.home.another}
      </button>
    </div>
  );
}
