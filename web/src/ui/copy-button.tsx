import { useSignal } from '@preact/signals';
import { text } from '../messages/index.js';
import { Icon } from './icons.js';

/** Copies `value`; says so beside itself until it is used again. */
export function CopyButton({ name, value }: { name: string; value: string }) {
  const outcome = useSignal<string>('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      outcome.value = text.home.copied;
    } catch {
      outcome.value = text.home.copyFailed;
    }
  };
  return (
    <span class="copy">
      <span class="muted" aria-live="polite">
        {outcome.value}
      </span>
      <button class="button button-icon" type="button" aria-label={name} title={name} onClick={copy}>
        <Icon name="copy" />
      </button>
    </span>
  );
}
