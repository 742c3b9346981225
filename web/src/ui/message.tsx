import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../messages/index.js';

/** A page that says one thing. Focus goes to its heading, so that screen readers read it. */
export function Message(props: { heading: string; hint?: string; children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [props.heading]);
  return (
    <main class="message">
      <Brand />
      <div class="message-body">
        <h1 ref={heading} tabIndex={-1}>
          {props.heading}
        </h1>
        {props.hint && <p class="muted">{props.hint}</p>}
        {props.children && <div class="message-actions">{props.children}</div>}
      </div>
    </main>
  );
}

export function Brand() {
  return (
    <a class="brand" href="/">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="9" />
        <circle cx="16" cy="16" r="8.5" />
        <circle class="brand-eye" cx="16" cy="16" r="3.6" />
      </svg>
      {text.product}
    </a>
  );
}
