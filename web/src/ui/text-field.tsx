import type { Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useId } from 'preact/hooks';

interface TextFieldProps {
  name: string;
  value: Signal<string>;
  /** The words for what is wrong with it, or null. */
  problem: (() => string) | null;
  field: RefObject<HTMLInputElement | null>;
  autocomplete: 'off' | 'name';
  placeholder?: string;
  maxLength?: number;
}

/** One line of text: its name above, what is wrong with it below. */
export function TextField({ name, value, problem, field, ...rest }: TextFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label class="field-name" for={id}>
        {name}
      </label>
      <input
        {...rest}
        ref={field}
        id={id}
        class="input"
        type="text"
        // An empty one would be from left to right, and its placeholder with it.
        dir={value.value === '' ? undefined : 'auto'}
        autofocus
        value={value.value}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem`}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      <p class="problem" id={`${id}-problem`} role="alert">
        {problem?.()}
      </p>
    </div>
  );
}
