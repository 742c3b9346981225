import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { mayControlRecording, ownMember, ownRole, type ConnectionState } from '../client/index.js';
import { text } from '../messages/index.js';
import { Announcements } from './announcements.js';
import { audienceHint } from './audience.js';
import { Countdowns } from './countdowns.js';
import { WaitingPage } from './door.js';
import { Icon } from './icons.js';
import { LayoutDialog } from './layout-dialog.js';
import { Message } from './message.js';
import { Modal } from './modal.js';
import { MovieBehind } from './movie-behind.js';
import { Panel } from './panel.js';
import { DiskLasts, RecorderView } from './recorder-view.js';
import { PresentDialog } from './present-dialog.js';
import { PresentingBar } from './presenting-bar.js';
import { RecordingBar } from './recording-bar.js';
import { Refusal } from './refusal.js';
import { RemoveQuestion } from './remove-question.js';
import type { RoomSession } from './room-session.js';
import { SettingsDialog } from './settings-dialog.js';
import { Spinner } from './spinner.js';
import { Stage } from './stage.js';
import { StageQuestion } from './stage-question.js';
import { Toolbar } from './toolbar.js';
import { ViewMenu } from './view-menu.js';

/** Which question is open. */
export type Question = 'start' | 'stop' | 'end' | 'layout' | 'stage' | 'recorder' | 'present' | 'settings';

interface RoomPageProps {
  session: RoomSession;
  /** Back to the join page. */
  onAgain: () => void;
}

export function RoomPage({ session, onAgain }: RoomPageProps) {
  const { connection } = session.state.value;
  switch (connection.name) {
    case 'left':
      return (
        <Message heading={text.connection.left} hint={text.connection.leftHint}>
          <AgainButton onAgain={onAgain} />
        </Message>
      );
    case 'ended':
      return (
        <Message heading={text.connection.ended} hint={endReason(connection)}>
          <AgainButton onAgain={onAgain} />
        </Message>
      );
    case 'refused':
      return <Refused connection={connection} onAgain={onAgain} />;
    case 'removed':
      return (
        <Message heading={text.people.removed} hint={text.people.removedHint(connection.byName)}>
          <AgainButton onAgain={onAgain} />
        </Message>
      );
    case 'waiting':
      return <WaitingPage session={session} title={connection.title} />;
    case 'disconnected':
      return (
        <Message heading={text.connection.disconnected} hint={text.connection.disconnectedHint}>
          <button class="button button-primary" onClick={() => session.retry()}>
            {text.common.tryAgain}
          </button>
        </Message>
      );
    case 'connecting':
    case 'joined':
    case 'reconnecting':
      return <Meeting session={session} />;
  }
}

function AgainButton({ onAgain, name = text.connection.again }: { onAgain: () => void; name?: string }) {
  return (
    <button class="button button-primary" onClick={onAgain}>
      {name}
    </button>
  );
}

/** P5: what was decided at the door, and every other reason why the server lets nobody in. */
function Refused({ connection: { code, message }, onAgain }: { connection: Extract<ConnectionState, { name: 'refused' }>; onAgain: () => void }) {
  if (code === 'not_admitted') {
    return (
      <Message heading={text.door.notAdmitted} hint={text.door.notAdmittedHint}>
        <AgainButton name={text.door.askAgain} onAgain={onAgain} />
      </Message>
    );
  }
  return (
    <Refusal code={code} message={message}>
      <AgainButton onAgain={onAgain} />
    </Refusal>
  );
}

function endReason(connection: Extract<ConnectionState, { name: 'ended' }>): string {
  const reasons: Record<string, string> = text.connection.endedBy;
  return reasons[connection.reason] ?? text.connection.endedHint;
}

function Meeting({ session }: { session: RoomSession }) {
  const question = useSignal<Question | null>(null);
  const state = session.state.value;

  const heading = useRef<HTMLHeadingElement>(null);
  const entered = state.room !== null;
  useEffect(() => {
    // The join page's button is gone; screen readers read where they are now.
    if (entered && document.activeElement === document.body) heading.current?.focus();
  }, [entered]);

  useEffect(() => {
    if (state.room) document.title = `${state.room.title} · ${text.product}`;
    return () => {
      document.title = text.product;
    };
  }, [state.room?.title]);

  return (
    <main class="room">
      <header class="room-head">
        <h1 ref={heading} class="room-title" dir="auto" tabIndex={-1}>
          {state.room?.title ?? <span class="hidden-text">{text.connection.connecting}</span>}
        </h1>
        {state.connection.name === 'joined' && <span class="muted">{text.room.people(state.members.length)}</span>}
        {state.locked && (
          <span class="muted room-locked" title={text.door.locked}>
            <Icon name="lock" />
            <span class="hidden-text">{text.door.locked}</span>
          </span>
        )}
        <ViewMenu session={session} />
      </header>
      <Stage session={session} />
      <Panel session={session} />
      <Announcements session={session} />
      <ConnectionBanner session={session} />
      <MovieBehind session={session} />
      <PresentingBar session={session} />
      <footer class="room-foot">
        <RecordingBar
          session={session}
          onStop={() => (question.value = 'stop')}
          questionOpen={question.value !== null}
        />
        <Toolbar session={session} onAsk={(asked) => (question.value = asked)} />
      </footer>
      <RemoveQuestion session={session} />
      <Questions session={session} open={question.value} onClose={() => (question.value = null)} />
    </main>
  );
}

function ConnectionBanner({ session }: { session: RoomSession }) {
  const { connection, members, sessionRuns, sessionEndsAtMs, recordingEnds } = session.state.value;
  const words =
    connection.name === 'connecting'
      ? null
      : connection.name === 'reconnecting'
        ? connection.restarting
          ? text.connection.restarting
          : text.connection.reconnecting
        : !sessionRuns
          ? text.room.waiting
          : members.length === 1 && sessionEndsAtMs === null && recordingEnds === null
            ? text.room.alone
            : audienceHint(session);
  return (
    <div class="banner">
      <div aria-live="polite">
        {words && (
          <p>
            {connection.name === 'reconnecting' && <Spinner />}
            {words}
          </p>
        )}
      </div>
      <Countdowns session={session} />
    </div>
  );
}

interface QuestionsProps {
  session: RoomSession;
  open: Question | null;
  onClose: () => void;
}

function Questions({ session, open, onClose }: QuestionsProps) {
  const state = session.state.value;
  const own = ownMember(state);
  if (own?.invited) return <StageQuestion key="invited" session={session} answer="stage-answer" onClose={onClose} />;
  if (open === 'stage' && own && !own.onStage) return <StageQuestion key="enter" session={session} answer="stage-enter" onClose={onClose} />;
  if (open === 'start' && mayControlRecording(state)) {
    return (
      <Modal
        question={text.recording.startQuestion}
        hint={text.recording.startHint}
        action={text.recording.start}
        onAction={() => void session.command({ type: 'recording-start' })}
        onClose={onClose}
      >
        <DiskLasts session={session} />
      </Modal>
    );
  }
  if (open === 'stop' && mayControlRecording(state)) {
    return (
      <Modal
        question={text.recording.stopQuestion}
        hint={text.recording.stopHint}
        action={text.recording.stop}
        danger
        onAction={() => void session.command({ type: 'recording-stop' })}
        onClose={onClose}
      />
    );
  }
  if (open === 'settings') return <SettingsDialog session={session} onClose={onClose} />;
  if (open === 'present' && ownMember(state)?.onStage) return <PresentDialog session={session} onClose={onClose} />;
  if (open === 'recorder' && ownRole(state) !== 'participant') return <RecorderView session={session} onClose={onClose} />;
  if (open === 'layout' && ownRole(state) !== 'participant') return <LayoutDialog session={session} onClose={onClose} />;
  if (open === 'end' && ownRole(state) !== 'participant') {
    return (
      <Modal
        question={text.end.question}
        hint={text.end.hint}
        action={text.end.confirm}
        danger
        onAction={() => void session.command({ type: 'end-session' })}
        onClose={onClose}
      />
    );
  }
  return null;
}
