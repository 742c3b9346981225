import type { ComponentChildren } from 'preact';
import { text, wordsOfCode } from '../messages/index.js';
import { Message } from './message.js';

/** A page of another version, or one whose answers make no sense, gets a new one. */
const RELOADED = new Set(['protocol_version', 'answer_unexpected']);

/** The server lets nobody in by this link, or not now. `children` are the way on where the page itself is in order. */
export function Refusal({ code, message, children }: { code: string; message: string; children?: ComponentChildren }) {
  return (
    <Message heading={text.connection.refused} hint={wordsOfCode(code, message)}>
      {RELOADED.has(code) ? (
        <button class="button button-primary" onClick={() => location.reload()}>
          {text.common.reload}
        </button>
      ) : (
        children
      )}
    </Message>
  );
}
