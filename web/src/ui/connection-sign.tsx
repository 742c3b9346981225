import type { Weakness } from '../client/index.js';
import { text } from '../messages/index.js';

/** Three bars; those that are missing are faint, and a line goes through them where next to nothing arrives. */
export function ConnectionSign({ weakness }: { weakness: Weakness }) {
  const words = text.people.connection[weakness];
  return (
    <span class={`connection connection-${weakness}`} title={words}>
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path d="M6 19v-4" />
        <path class="bar-missing" d="M12 19v-8.5M18 19V6" />
        {weakness === 'bad' && <path d="m4 4 16 16" />}
      </svg>
      <span class="hidden-text">{words}</span>
    </span>
  );
}
