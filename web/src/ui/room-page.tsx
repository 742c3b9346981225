import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { mayControlRecording, ownRole, type ConnectionState } from '../client/index.js';
import { text } from '../messages/index.js';
import { LayoutDialog } from './layout-dialog.js';
import { Message } from './message.js';
import { Modal } from './modal.js';
import { MovieBehind } from './movie-behind.js';
import { RecordingBar } from './recording-bar.js';
import { Refusal } from './refusal.js';
import type { RoomSession } from './room-session.js';
import { Spinner } from './spinner.js';
import { Stage } from './stage.js';
import { Toolbar } from './toolbar.js';

/** Which question is open. */
export type Question = 'start' | 'stop' | 'end' | 'layout';

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
      return (
        <Refusal code={connection.code} message={connection.message}>
          <AgainButton onAgain={onAgain} />
        </Refusal>
      );
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

function AgainButton({ onAgain }: { onAgain: () => void }) {
  return (
    <button class="button button-primary" onClick={onAgain}>
      {text.connection.again}
    </button>
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
      </header>
      <Stage session={session} />
      <ConnectionBanner session={session} />
      <MovieBehind session={session} />
      <footer class="room-foot">
        <RecordingBar
          session={session}
          onStop={() => (question.value = 'stop')}
          questionOpen={question.value !== null}
        />
        <Toolbar session={session} onAsk={(asked) => (question.value = asked)} />
      </footer>
      <Questions session={session} open={question.value} onClose={() => (question.value = null)} />
    </main>
  );
}

function ConnectionBanner({ session }: { session: RoomSession }) {
  const { connection, members, sessionRuns, sessionEndsAtMs } = session.state.value;
  const words =
    connection.name === 'connecting'
      ? null
      : connection.name === 'reconnecting'
        ? text.connection.reconnecting
        : !sessionRuns
          ? text.room.waiting
          : sessionEndsAtMs !== null
            ? text.connection.endingIn(Math.max(1, Math.round((sessionEndsAtMs - performance.now()) / 60_000)))
            : members.length === 1
              ? text.room.alone
              : null;
  return (
    <div class="banner" aria-live="polite">
      {words && (
        <p>
          {connection.name === 'reconnecting' && <Spinner />}
          {words}
        </p>
      )}
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
  if (open === 'start' && mayControlRecording(state)) {
    return (
      <Modal
        question={text.recording.startQuestion}
        hint={text.recording.startHint}
        action={text.recording.start}
        onAction={() => void session.command({ type: 'recording-start' })}
        onClose={onClose}
      />
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
