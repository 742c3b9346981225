import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { BackToMeeting } from './back-to-meeting.js';
import { FilesPage } from './files-page.js';
import { HomePage } from './home-page.js';
import { JoinPage } from './join-page.js';
import type { LocalMedia } from './local-media.js';
import { Message } from './message.js';
import { NoticeList } from './notices.js';
import { RemoteAudio } from './remote-audio.js';
import { RoomPage } from './room-page.js';
import { RoomSession } from './room-session.js';
import { currentRoute, navigate, route } from './route.js';
import { text } from '../messages/index.js';

/** The meeting that this page is in. It goes on while another page is looked at, each of which has the way back. */
const session = signal<RoomSession | null>(null);
/** Its link, token included, to come back to from its files. */
const meetingUrl = signal('');

function enter(roomId: string, token: string, name: string, media: LocalMedia): void {
  session.value?.close();
  meetingUrl.value = location.pathname + location.hash;
  session.value = new RoomSession({ roomId, token, name, media });
}

function goBackToJoining(): void {
  session.value?.close();
  session.value = null;
}

export function App() {
  useEffect(() => {
    const follow = () => {
      route.value = currentRoute();
    };
    const goodbye = () => session.value?.leave();
    addEventListener('popstate', follow);
    addEventListener('hashchange', follow);
    addEventListener('pagehide', goodbye);
    return () => {
      removeEventListener('popstate', follow);
      removeEventListener('hashchange', follow);
      removeEventListener('pagehide', goodbye);
    };
  }, []);

  const meeting = session.value;
  return (
    <>
      {/* First in the order of the keys: some want an answer. */}
      {meeting && <NoticeList session={meeting} />}
      <Page />
      {meeting && <RemoteAudio session={meeting} />}
    </>
  );
}

function Page() {
  const at = route.value;
  const meeting = session.value;
  const returnUrl = meeting && meetingUrl.value;
  switch (at.page) {
    case 'home':
      return <HomePage meetingUrl={returnUrl} />;
    case 'room':
      return meeting ? (
        <RoomPage session={meeting} onAgain={goBackToJoining} />
      ) : (
        <JoinPage token={at.token} onJoin={(token, name, media) => enter(at.roomId, token, name, media)} />
      );
    case 'files':
      return <FilesPage roomId={at.roomId} fileId={at.fileId} meetingUrl={returnUrl} />;
    case 'unknown':
      return (
        <Message heading={text.notFound.heading} hint={text.notFound.hint}>
          {returnUrl !== null && <BackToMeeting url={returnUrl} />}
          <button class="button" onClick={() => navigate('/')}>
            {text.common.backHome}
          </button>
        </Message>
      );
  }
}
