import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import type { RoomFiles } from '../client/index.js';
import { formatBytes, formatDuration, text, wordsOfError } from '../messages/index.js';
import { api } from './api.js';
import { Icon, type IconName } from './icons.js';
import { kindOf } from './file-kinds.js';
import type { Stored } from './presentable.js';
import { Spinner } from './spinner.js';

type Loaded = { name: 'loading' } | { name: 'failed'; message: string } | { name: 'loaded'; choices: Choice[] };

interface Choice extends Stored {
  id: string;
  icon: IconName;
  facts: string[];
}

interface RoomFilesChoiceProps {
  roomId: string;
  disabled: boolean;
  onChoose: (file: Stored) => void;
}

/** What this person may open of the room's Media and Files; one press presents it. */
export function RoomFilesChoice({ roomId, disabled, onChoose }: RoomFilesChoiceProps) {
  const id = useId();
  const loaded = useSignal<Loaded>({ name: 'loading' });
  const attempt = useSignal(0);
  useEffect(() => {
    let over = false;
    loaded.value = { name: 'loading' };
    api.files(roomId).then(
      (files) => !over && (loaded.value = { name: 'loaded', choices: choicesOf(files) }),
      (error: unknown) => !over && (loaded.value = { name: 'failed', message: wordsOfError(error) }),
    );
    return () => {
      over = true;
    };
  }, [roomId, attempt.value]);
  return (
    <section class="room-files" aria-labelledby={id}>
      <h3 id={id}>{text.files.heading}</h3>
      <Choices loaded={loaded.value} disabled={disabled} onChoose={onChoose} onRetry={() => (attempt.value += 1)} />
    </section>
  );
}

function Choices({ loaded, disabled, onChoose, onRetry }: Pick<RoomFilesChoiceProps, 'disabled' | 'onChoose'> & { loaded: Loaded; onRetry: () => void }) {
  switch (loaded.name) {
    case 'loading':
      return (
        <p class="loading muted" role="status">
          <Spinner />
          {text.common.loading}
        </p>
      );
    case 'failed':
      return (
        <div role="alert">
          <p class="problem">{loaded.message}</p>
          <button class="button" type="button" onClick={onRetry}>
            {text.common.tryAgain}
          </button>
        </div>
      );
    case 'loaded':
      if (loaded.choices.length === 0) return <p class="muted">{text.present.noFiles}</p>;
      return (
        <ul>
          {loaded.choices.map((choice) => (
            <li key={choice.id}>
              <button class="room-file" type="button" disabled={disabled} onClick={() => onChoose(choice)}>
                <Icon name={choice.icon} />
                <span>
                  <bdi>{choice.name}</bdi>
                  <span class="muted file-facts">
                    {choice.facts.map((fact) => (
                      <span key={fact}>{fact}</span>
                    ))}
                  </span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      );
  }
}

function choicesOf({ files, folders }: RoomFiles): Choice[] {
  const added = files.map(({ id, name, type, bytes, url }): Choice => {
    const { icon, words } = kindOf(type);
    return { id, name, type, url, icon, facts: [words, formatBytes(bytes)] };
  });
  const recordings = folders.flatMap((folder) => folder.files).filter(({ state }) => state === 'available');
  const films = recordings.flatMap(({ id, name, bytes, durationMs, url }): Choice[] =>
    url === null ? [] : [{ id, name, url, type: 'video/mp4', icon: 'film', facts: [text.files.kinds.recording, formatDuration(durationMs), formatBytes(bytes)] }],
  );
  return [...added, ...films];
}
