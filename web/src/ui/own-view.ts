import { signal } from '@preact/signals';
import type { ViewName } from './arrange.js';
import { recallView, remember } from './memory.js';

export type PanelTab = 'people' | 'chat';

/** How one person looks at the meeting. Nobody else learns of it, and no recording changes by it (V2). */
export class OwnView {
  /** What the side panel shows; null: it is closed. */
  readonly panel = signal<PanelTab | null>(null);
  readonly view = signal<ViewName>(recallView());
  readonly pinned = signal<string | null>(null);
  /** Number of the newest message of the chat that was read. */
  readonly read = signal(0);
  /** What is written to the chat and not sent yet. */
  readonly draft = signal('');
  /** Whom the question asks about: shall they be removed? */
  readonly removing = signal<string | null>(null);

  toggle(tab: PanelTab): void {
    this.panel.value = this.panel.value === tab ? null : tab;
  }

  choose(view: ViewName): void {
    this.view.value = view;
    remember('view', view);
  }
}
