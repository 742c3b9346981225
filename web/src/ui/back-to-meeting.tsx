import { text } from '../messages/index.js';
import { Icon } from './icons.js';
import { navigate } from './route.js';

/** The way back to the meeting that goes on while another page is looked at. */
export function BackToMeeting({ url }: { url: string }) {
  return (
    <button class="button" onClick={() => navigate(url)}>
      <Icon name="back" />
      {text.files.backToMeeting}
    </button>
  );
}
