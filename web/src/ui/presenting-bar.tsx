import { formatDuration, text } from '../messages/index.js';
import { BoardControls } from './board-controls.js';
import type { Film } from './film.js';
import { Icon } from './icons.js';
import type { Pictures } from './pictures.js';
import type { Presentation } from './presentation.js';
import type { RoomSession } from './room-session.js';

/** For whoever presents: which picture, or where the film is. */
export function PresentingBar({ session }: { session: RoomSession }) {
  const presentation = session.media.presentation.value;
  if (!presentation) return null;
  return (
    <section class="presenting" aria-label={text.present.controls}>
      <Controls presentation={presentation} />
      <button class="button" type="button" onClick={() => session.media.stopScreen()}>
        {text.present.stop}
      </button>
    </section>
  );
}

function Controls({ presentation }: { presentation: Presentation }) {
  switch (presentation.kind) {
    case 'pictures':
      return <PictureControls pictures={presentation} />;
    case 'film':
      return <FilmControls film={presentation} />;
    case 'board':
      return <BoardControls board={presentation} />;
  }
}

function Name({ name = '' }: { name: string | undefined }) {
  return (
    <span class="presenting-name" dir="auto">
      {name}
    </span>
  );
}

function PictureControls({ pictures }: { pictures: Pictures }) {
  const { names, laserOn } = pictures;
  const index = pictures.index.value;
  return (
    <>
      <Name name={names[index]} />
      {names.length > 1 && (
        <>
          <button class="button" type="button" disabled={index === 0} onClick={() => pictures.show(index - 1)}>
            {text.present.previous}
          </button>
          <span role="status">{text.present.place(index + 1, names.length)}</span>
          <button class="button" type="button" disabled={index === names.length - 1} onClick={() => pictures.show(index + 1)}>
            {text.present.next}
          </button>
        </>
      )}
      <button
        class="button button-icon board-choice"
        type="button"
        aria-label={text.board.tool.laser}
        title={text.board.tool.laser}
        aria-pressed={laserOn.value}
        onClick={() => (laserOn.value = !laserOn.value)}
      >
        <Icon name="laser" />
      </button>
    </>
  );
}

function FilmControls({ film }: { film: Film }) {
  const { playing, atS, lengthS, broken } = film.state.value;
  const name = playing ? text.present.pause : text.present.play;
  return (
    <>
      <Name name={film.name} />
      {broken && (
        <p class="problem" role="alert">
          {text.present.broken}
        </p>
      )}
      <button class="button button-icon" type="button" aria-label={name} title={name} onClick={() => film.setPlaying(!playing)}>
        <Icon name={playing ? 'pause' : 'play'} />
      </button>
      <input
        type="range"
        min={0}
        max={lengthS}
        step={0.1}
        value={atS}
        aria-label={text.present.position}
        aria-valuetext={formatDuration(atS * 1000)}
        onInput={(event) => film.seek(event.currentTarget.valueAsNumber)}
      />
      <span>{`${formatDuration(atS * 1000)} / ${formatDuration(lengthS * 1000)}`}</span>
    </>
  );
}
