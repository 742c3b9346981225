import { formatDuration, text } from '../messages/index.js';
import { Icon } from './icons.js';
import type { Presentation, Presented } from './presentation.js';
import type { RoomSession } from './room-session.js';

/** For whoever presents: which picture, or where the film is. */
export function PresentingBar({ session }: { session: RoomSession }) {
  const presentation = session.media.presentation.value;
  if (!presentation) return null;
  const state = presentation.state.value;
  return (
    <section class="presenting" aria-label={text.present.controls}>
      <span class="presenting-name" dir="auto">
        {state.kind === 'film' ? state.name : state.names[state.index]}
      </span>
      {state.kind === 'film' ? <FilmControls presentation={presentation} film={state} /> : <PictureControls presentation={presentation} pictures={state} />}
      <button class="button" type="button" onClick={() => session.media.stopScreen()}>
        {text.present.stop}
      </button>
    </section>
  );
}

function PictureControls({ presentation, pictures }: { presentation: Presentation; pictures: Extract<Presented, { kind: 'pictures' }> }) {
  const { index, names } = pictures;
  if (names.length === 1) return null;
  return (
    <>
      <button class="button" type="button" disabled={index === 0} onClick={() => presentation.show(index - 1)}>
        {text.present.previous}
      </button>
      <span role="status">{text.present.place(index + 1, names.length)}</span>
      <button class="button" type="button" disabled={index === names.length - 1} onClick={() => presentation.show(index + 1)}>
        {text.present.next}
      </button>
    </>
  );
}

function FilmControls({ presentation, film }: { presentation: Presentation; film: Extract<Presented, { kind: 'film' }> }) {
  const { playing, atS, lengthS } = film;
  const name = playing ? text.present.pause : text.present.play;
  return (
    <>
      <button class="button button-icon" type="button" aria-label={name} title={name} onClick={() => presentation.setPlaying(!playing)}>
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
        onInput={(event) => presentation.seek(event.currentTarget.valueAsNumber)}
      />
      <span>{`${formatDuration(atS * 1000)} / ${formatDuration(lengthS * 1000)}`}</span>
    </>
  );
}
