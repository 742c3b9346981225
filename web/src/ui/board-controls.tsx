import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { text } from '../messages/index.js';
import { Icon, type IconName } from './icons.js';
import { INKS, TOOLS, WIDTHS, type Ink, type Tool, type Whiteboard, type Width } from './whiteboard.js';

const TOOL_ICONS: Record<Tool, IconName> = { pen: 'pen', eraser: 'eraser', laser: 'laser' };

/** Tools, inks and widths; choosing an ink takes the pen. */
export function BoardControls({ board }: { board: Whiteboard }) {
  const id = useId();
  const { tool, ink, width } = board;
  const takeInk = (chosen: Ink) => {
    ink.value = chosen;
    tool.value = 'pen';
  };
  return (
    <>
      <p id={id} class="hidden-text">
        {text.board.help}
      </p>
      <div class="board-group" role="group" aria-label={text.board.tools} aria-describedby={id}>
        {TOOLS.map((each) => (
          <Choice key={each} name={text.board.tool[each]} on={tool.value === each} onChoose={() => (tool.value = each)}>
            <Icon name={TOOL_ICONS[each]} />
          </Choice>
        ))}
      </div>
      <div class="board-group" role="group" aria-label={text.board.inks}>
        {(Object.keys(INKS) as Ink[]).map((each) => (
          <Choice key={each} name={text.board.ink[each]} on={ink.value === each} onChoose={() => takeInk(each)}>
            <span class="board-ink" style={{ background: INKS[each] }} />
          </Choice>
        ))}
      </div>
      <div class="board-group" role="group" aria-label={text.board.widths}>
        {(Object.keys(WIDTHS) as Width[]).map((each) => (
          <Choice key={each} name={text.board.width[each]} on={width.value === each} onChoose={() => (width.value = each)}>
            <span class="board-width" style={{ height: `${WIDTHS[each] / 2}px` }} />
          </Choice>
        ))}
      </div>
      <div class="board-group">
        <Act name={text.board.undo} icon="undo" disabled={!board.canUndo} onAct={() => board.undo()} />
        <Act name={text.board.clear} icon="wipe" disabled={false} onAct={() => board.clear()} />
      </div>
    </>
  );
}

function Choice({ name, on, onChoose, children }: { name: string; on: boolean; onChoose: () => void; children: ComponentChildren }) {
  return (
    <button class="button button-icon board-choice" type="button" aria-label={name} title={name} aria-pressed={on} onClick={onChoose}>
      {children}
    </button>
  );
}

/** It keeps the focus when there is nothing to do, as after the last undo. */
function Act({ name, icon, disabled, onAct }: { name: string; icon: IconName; disabled: boolean; onAct: () => void }) {
  return (
    <button class="button button-icon" type="button" aria-label={name} title={name} aria-disabled={disabled} onClick={() => !disabled && onAct()}>
      <Icon name={icon} />
    </button>
  );
}
