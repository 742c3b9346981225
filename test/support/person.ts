import { existsSync } from 'node:fs';

/** Roles that spec.md's table of names uses. */
export type UiRole =
  | 'button' | 'textbox' | 'checkbox' | 'link' | 'menuitem' | 'dialog' | 'alertdialog' | 'figure'
  | 'status' | 'timer' | 'heading' | 'alert' | 'region' | 'menu' | 'menuitemradio' | 'searchbox';

/**
 * One person at one browser page, driven by accessible role and name alone, whatever the browser.
 * Everything that waits fails after `timeoutMs` (default 20 s) with the role and name in its message.
 */
export interface Person {
  open(url: string): Promise<void>;
  click(role: UiRole, name: string, timeoutMs?: number): Promise<void>;
  /** As `click`, of the element in the dialog with this name. */
  clickIn(dialog: string, role: UiRole, name: string, timeoutMs?: number): Promise<void>;
  fill(role: UiRole, name: string, text: string): Promise<void>;
  /** Makes a checkbox checked or not. */
  check(name: string, checked: boolean): Promise<void>;
  /** Waits until the element is there and visible. */
  sees(role: UiRole, name: string, timeoutMs?: number): Promise<void>;
  /** Waits until text is visible anywhere on the page. */
  reads(text: string, timeoutMs?: number): Promise<void>;
  /** Waits until the element is gone or hidden. */
  misses(role: UiRole, name: string, timeoutMs?: number): Promise<void>;
  /** How many visible elements have this role and name now. */
  count(role: UiRole, name: string): Promise<number>;
  /** Text of the one element with this role and name. */
  text(role: UiRole, name: string): Promise<string>;
  /** An attribute of the one element with this role and name. */
  attribute(role: UiRole, name: string, attribute: string): Promise<string | null>;
  /** Evaluates an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** Console errors and uncaught exceptions of the page so far. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

export interface PersonOptions {
  /** Scripts run before the page's own, in order. */
  initScripts?: string[];
  userAgent?: string;
}

export const DEFAULT_WAIT_MS = 60_000;

/** Small: without a graphics card each page's pictures cost the processor by their area. */
export const VIEWPORT = { width: 800, height: 500 };

/** Throws with what to run when a browser that the tests need is not installed. */
export function requireBrowser(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing; run "scripts/setup --test" to install what the tests need.`);
  return path;
}
