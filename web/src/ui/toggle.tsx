import { Icon, type IconName } from './icons.js';
import { Spinner } from './spinner.js';

interface ToggleProps {
  name: string;
  icon: IconName;
  struck?: boolean;
  pressed: boolean;
  /** Shown as something to notice, e.g. that others cannot hear. */
  alert?: boolean;
  /** On its way to what `pressed` says. */
  busy?: boolean;
  onClick: () => void;
}

/** The name stays and the pressed state changes, as screen readers expect it of toggle buttons. */
export function Toggle({ name, icon, struck = false, pressed, alert = false, busy = false, onClick }: ToggleProps) {
  return (
    <button class={alert ? 'tool tool-alert' : 'tool'} aria-pressed={pressed} aria-busy={busy} onClick={onClick}>
      {busy ? <Spinner /> : <Icon name={icon} struck={struck} />}
      <span class="tool-name">{name}</span>
    </button>
  );
}
