import { useCallback, useEffect, useRef } from 'preact/hooks';
import { initials } from '../../../src/core/initials.js';
import type { MemberMessage } from '../../../src/signaling/protocol.js';
import { mayModerate, sharesScreen, weaknessOf, type CaptureSize, type RoomState } from '../client/index.js';
import { text } from '../messages/index.js';
import { arrange, type Item } from './arrange.js';
import { ConnectionSign } from './connection-sign.js';
import { Icon } from './icons.js';
import { bestGrid } from './layout.js';
import { Menu } from './menu.js';
import { personItems } from './person-actions.js';
import { PointerSurface } from './pointer-surface.js';
import type { RoomSession } from './room-session.js';
import { Spinner } from './spinner.js';
import { useSize } from './use-size.js';
import { Video } from './video.js';

const GAP_PX = 12;
const NARROW_GAP_PX = 6;
/** Zero-width non-joiner: the initials of Laila Abd would be the word for no. */
const APART = '\u200c';

/** A picture to show: a remote track has an id, by which its size is told; one's own has none. */
interface Source {
  track: MediaStreamTrack;
  trackId: string | null;
}

/** Who or what is large, with the others beside it, or below it in an upright window; else a grid (V2). */
export function Stage({ session }: { session: RoomSession }) {
  const element = useRef<HTMLDivElement>(null);
  const box = useSize(element).value;
  const upright = box.height > box.width;
  const state = session.state.value;
  const people = state.members.filter((member) => member.onStage);
  const presenter = presenterOf(state);
  const { view, pinned } = session.own;
  const { large, others } = arrange({
    people,
    presenter: presenter && pictureOf(session, presenter, 'screen') && presenter,
    view: view.value,
    highlighted: state.highlighted,
    pinned: pinned.value,
    speaker: view.value === 'speaker' ? session.speaker.value : null,
  });
  const kind = large ? (upright ? 'stage stage-content-above' : 'stage stage-with-content') : 'stage';
  return (
    <div ref={element} class={kind}>
      {large && <Shown key={keyOf(large)} session={session} item={large} column={null} />}
      {people.length > 0 ? (
        <Others session={session} items={others} beside={kind === 'stage stage-with-content'} />
      ) : (
        <p class="stage-waiting" role="status">
          {state.connection.name === 'connecting' ? <Spinner /> : <Icon name="stage" />}
          {state.connection.name === 'connecting' ? text.connection.connecting : text.hand.nobody}
        </p>
      )}
    </div>
  );
}

/** Who shares a screen: the highlighted one if several do, else the one who came last. */
function presenterOf(state: RoomState): MemberMessage | null {
  const presenters = state.members.filter(sharesScreen);
  return presenters.find((member) => member.memberId === state.highlighted) ?? presenters.at(-1) ?? null;
}

function keyOf({ kind, member }: Item): string {
  return `${kind}:${member.memberId}`;
}

function pictureOf(session: RoomSession, member: MemberMessage, source: 'camera' | 'screen'): Source | null {
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

function Others({ session, items, beside }: { session: RoomSession; items: Item[]; beside: boolean }) {
  const element = useRef<HTMLDivElement>(null);
  const box = useSize(element).value;
  const gap = box.width < 600 ? NARROW_GAP_PX : GAP_PX;
  const grid = bestGrid(items.length, box.width, box.height, gap);
  const style = beside ? {} : { gap: `${gap}px`, gridTemplateColumns: `repeat(${grid.columns * 2}, ${(grid.width - gap) / 2}px)`, gridAutoRows: `${grid.height}px` };
  // The last row of a grid stands in the middle: each tile spans two half columns, and it begins later.
  const firstOfLastRow = (grid.rows - 1) * grid.columns;
  const missing = grid.rows * grid.columns - items.length;
  return (
    <div ref={element} class={beside ? 'webcams webcams-beside' : 'webcams webcams-grid'} style={style}>
      {items.map((item, index) => (
        <Shown key={keyOf(item)} session={session} item={item} column={!beside && missing > 0 && index === firstOfLastRow ? missing + 1 : null} />
      ))}
    </div>
  );
}

interface ShownProps {
  session: RoomSession;
  item: Item;
  /** Half column of a grid that it begins at, or null for the next free one. */
  column: number | null;
}

function Shown({ session, item: { kind, member }, column }: ShownProps) {
  return kind === 'person' ? <Tile session={session} member={member} column={column} /> : <Content session={session} member={member} column={column} />;
}

function Content({ session, member, column }: TileProps) {
  const shown = pictureOf(session, member, 'screen');
  const presentation = member.memberId === session.state.value.memberId ? session.media.presentation.value : null;
  return (
    <section class="stage-content" aria-label={text.common.screenOf(member.name)} style={column === null ? {} : { gridColumnStart: column }}>
      {presentation && presentation.kind !== 'film' ? <PointerSurface surface={presentation} /> : shown && <Picture session={session} shown={shown} />}
      <p class="tile-name content-name" dir="auto">
        {text.common.screenOf(member.name)}
      </p>
    </section>
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
  const pinned = member.memberId === session.own.pinned.value;
  const weakness = weaknessOf(state, member);
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
      {!member.connected && (
        <p class="tile-lost" role="status">
          <Spinner />
          {text.people.reconnecting}
        </p>
      )}
      <figcaption class="tile-name">
        {!heard && <Icon name="microphone" struck />}
        {!heard && <span class="hidden-text">{text.room.micMuted}</span>}
        {highlighted && <Icon name="highlight" />}
        {highlighted && <span class="hidden-text">{text.room.highlighted}</span>}
        {pinned && <Icon name="pin" />}
        {pinned && <span class="hidden-text">{text.people.pinned}</span>}
        {member.handRaisedAt !== null && <Icon name="hand" />}
        {member.handRaisedAt !== null && <span class="hidden-text">{text.people.handRaised}</span>}
        {sharing && <Icon name="screen" />}
        {sharing && <span class="hidden-text">{text.room.sharing}</span>}
        {weakness && <ConnectionSign weakness={weakness} />}
        {/* Isolated: a name may be written from right to left. */}
        <bdi class="tile-name-text">{own ? text.room.you(member.name) : member.name}</bdi>
        {member.role !== 'participant' && <span class="badge">{text.room[member.role]}</span>}
      </figcaption>
      {mayModerate(state) ? <TileMenu session={session} member={member} /> : !own && <PinButton session={session} member={member} />}
    </figure>
  );
}

/** What hosts and moderators do about a person. */
function TileMenu({ session, member }: { session: RoomSession; member: MemberMessage }) {
  return (
    <Menu name={text.room.optionsOf(member.name)} items={personItems(session, member)} class="tile-menu">
      <Icon name="more" />
    </Menu>
  );
}

/** Everybody else has one thing to do about a person, and needs no menu for it. */
function PinButton({ session, member: { memberId, name } }: { session: RoomSession; member: MemberMessage }) {
  const { pinned } = session.own;
  const on = pinned.value === memberId;
  return (
    <button class="tile-menu" type="button" aria-label={text.people.pinPerson(name)} aria-pressed={on} onClick={() => (pinned.value = on ? null : memberId)}>
      <Icon name="pin" struck={on} />
    </button>
  );
}

function Picture({ session, shown, mirrored = false }: { session: RoomSession; shown: Source; mirrored?: boolean }) {
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
