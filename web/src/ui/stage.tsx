import { useCallback, useEffect, useRef } from 'preact/hooks';
import { initials } from '../../../src/core/initials.js';
import type { MemberMessage } from '../../../src/signaling/protocol.js';
import { ownRole, sharesScreen, type CaptureSize, type RoomState } from '../client/index.js';
import { text } from '../messages/index.js';
import { Icon } from './icons.js';
import { bestGrid } from './layout.js';
import { Menu } from './menu.js';
import type { RoomSession } from './room-session.js';
import { Spinner } from './spinner.js';
import { useSize } from './use-size.js';
import { Video } from './video.js';

const GAP_PX = 12;
const NARROW_GAP_PX = 6;
/** Zero-width non-joiner: the initials of Laila Abd would be the word for no. */
const APART = '\u200c';

/** A picture to show: a remote track has an id, by which its size is told; one's own has none. */
interface Shown {
  track: MediaStreamTrack;
  trackId: string | null;
}

/** Stage content large with the webcams beside it, or below it in an upright window; else the webcams in a grid (V2). */
export function Stage({ session }: { session: RoomSession }) {
  const element = useRef<HTMLDivElement>(null);
  const box = useSize(element).value;
  const upright = box.height > box.width;
  const state = session.state.value;
  const people = state.members.filter((member) => member.onStage);
  const presenter = presenterOf(state);
  const content = presenter && pictureOf(session, presenter, 'screen');
  // Who is highlighted is large for everybody, as in the recording; beside content they come first.
  const highlighted = people.find((member) => member.memberId === state.highlighted);
  const large = content || people.length < 2 ? undefined : highlighted;
  const others = large ? people.filter((member) => member !== large) : firstOf(highlighted, people);
  const kind = content || large ? (upright ? 'stage stage-content-above' : 'stage stage-with-content') : 'stage';
  return (
    <div ref={element} class={kind}>
      {presenter && content && (
        <section class="stage-content" aria-label={text.common.screenOf(presenter.name)}>
          <Picture session={session} shown={content} />
          <p class="tile-name content-name" key={presenter.memberId} dir="auto">
            {text.common.screenOf(presenter.name)}
          </p>
        </section>
      )}
      {large && <Tile session={session} member={large} column={null} />}
      {people.length === 0 && state.connection.name === 'connecting' ? (
        <p class="stage-waiting" role="status">
          <Spinner />
          {text.connection.connecting}
        </p>
      ) : (
        <Webcams session={session} people={others} beside={kind === 'stage stage-with-content'} />
      )}
    </div>
  );
}

function firstOf(first: MemberMessage | undefined, people: MemberMessage[]): MemberMessage[] {
  return first ? [first, ...people.filter((member) => member !== first)] : people;
}

/** Who shares a screen: the highlighted one if several do, else the one who came last. */
function presenterOf(state: RoomState): MemberMessage | null {
  const presenters = state.members.filter(sharesScreen);
  return presenters.find((member) => member.memberId === state.highlighted) ?? presenters.at(-1) ?? null;
}

function pictureOf(session: RoomSession, member: MemberMessage, source: 'camera' | 'screen'): Shown | null {
  const state = session.state.value;
  if (member.memberId === state.memberId) {
    const { camera, screen } = session.media;
    const track = source === 'camera' ? camera.value.track : (screen.value?.video ?? null);
    return track && { track, trackId: null };
  }
  const published = member.tracks.find((track) => track.source === source && !track.muted);
  if (!published) return null;
  const remote = state.remoteTracks.find(({ trackId }) => trackId === published.trackId);
  return remote?.track instanceof MediaStreamTrack ? { track: remote.track, trackId: remote.trackId } : null;
}

function Webcams({ session, people, beside }: { session: RoomSession; people: MemberMessage[]; beside: boolean }) {
  const element = useRef<HTMLDivElement>(null);
  const box = useSize(element).value;
  const gap = box.width < 600 ? NARROW_GAP_PX : GAP_PX;
  const grid = bestGrid(people.length, box.width, box.height, gap);
  const style = beside ? {} : { gap: `${gap}px`, gridTemplateColumns: `repeat(${grid.columns * 2}, ${(grid.width - gap) / 2}px)`, gridAutoRows: `${grid.height}px` };
  // The last row of a grid stands in the middle: each tile spans two half columns, and it begins later.
  const firstOfLastRow = (grid.rows - 1) * grid.columns;
  const missing = grid.rows * grid.columns - people.length;
  return (
    <div ref={element} class={beside ? 'webcams webcams-beside' : 'webcams webcams-grid'} style={style}>
      {people.map((member, index) => (
        <Tile
          key={member.memberId}
          session={session}
          member={member}
          column={!beside && missing > 0 && index === firstOfLastRow ? missing + 1 : null}
        />
      ))}
    </div>
  );
}

interface TileProps {
  session: RoomSession;
  member: MemberMessage;
  /** Half column that the tile begins at, or null for the next free one. */
  column: number | null;
}

function Tile({ session, member, column }: TileProps) {
  const state = session.state.value;
  const own = member.memberId === state.memberId;
  const shown = pictureOf(session, member, 'camera');
  const heard = own
    ? session.media.microphone.value.on
    : member.tracks.some((track) => track.source === 'microphone' && !track.muted);
  const speaking = heard && session.speaking.value.has(member.memberId);
  const starting = own && session.media.camera.value.opening;
  const sharing = sharesScreen(member);
  const highlighted = member.memberId === state.highlighted;
  return (
    <figure
      class={speaking ? 'tile tile-speaking' : 'tile'}
      aria-label={member.name}
      style={column === null ? {} : { gridColumnStart: column }}
    >
      {shown ? (
        <Picture session={session} shown={shown} mirrored={own} />
      ) : starting ? (
        <p class="tile-waiting" role="status">
          <Spinner />
          <span class="hidden-text">{text.join.cameraStarting}</span>
        </p>
      ) : (
        <span class="tile-initials" aria-hidden="true">
          {[...initials(member.name)].join(APART)}
        </span>
      )}
      <figcaption class="tile-name">
        {!heard && <Icon name="microphone" struck />}
        {!heard && <span class="hidden-text">{text.room.micMuted}</span>}
        {highlighted && <Icon name="highlight" />}
        {highlighted && <span class="hidden-text">{text.room.highlighted}</span>}
        {sharing && <Icon name="screen" />}
        {sharing && <span class="hidden-text">{text.room.sharing}</span>}
        {/* Isolated: a name may be written from right to left. */}
        <bdi class="tile-name-text">{own ? text.room.you(member.name) : member.name}</bdi>
        {member.role !== 'participant' && <span class="badge">{text.room[member.role]}</span>}
      </figcaption>
      {ownRole(state) !== 'participant' && <TileMenu session={session} member={member} highlighted={highlighted} />}
    </figure>
  );
}

/** V2: what hosts and moderators do about a person. */
function TileMenu({ session, member, highlighted }: { session: RoomSession; member: MemberMessage; highlighted: boolean }) {
  const name = highlighted ? text.room.removeHighlight : text.room.highlight;
  const act = () => void session.command({ type: 'highlight', memberId: highlighted ? null : member.memberId });
  return (
    <Menu name={text.room.optionsOf(member.name)} items={[{ name, icon: 'highlight', act }]} class="tile-menu">
      <Icon name="more" />
    </Menu>
  );
}

function Picture({ session, shown, mirrored = false }: { session: RoomSession; shown: Shown; mirrored?: boolean }) {
  const { track, trackId } = shown;
  useEffect(() => {
    if (trackId !== null) return () => session.showTrack(trackId, null);
    return undefined;
  }, [trackId]);
  const sized = useCallback(
    (size: CaptureSize) => {
      if (trackId !== null) session.showTrack(trackId, size);
    },
    [trackId],
  );
  return <Video track={track} mirrored={mirrored} onSize={sized} />;
}
