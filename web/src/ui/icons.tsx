/** Line icons on a 24 px grid; decoration only, so hidden from assistive technology. */
const PATHS = {
  microphone: 'M12 15a3.5 3.5 0 0 0 3.5-3.5v-5a3.5 3.5 0 1 0-7 0v5A3.5 3.5 0 0 0 12 15Zm6.5-4a6.5 6.5 0 0 1-13 0M12 17.5V21',
  camera: 'M3.5 7.5a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2Zm12 3 5-3v9l-5-3',
  screen: 'M3.5 5.5h17v11h-17ZM9 20h6m-3-3.5V20m0-6V8.5m-2.7 2.4L12 8.2l2.7 2.7',
  more: 'M12 5.5v.01M12 12v.01M12 18.5v.01',
  leave: 'M14.5 4.5h-8a1 1 0 0 0-1 1v13a1 1 0 0 0 1 1h8M10.5 12h9.5m-3.2-3.2L20 12l-3.2 3.2',
  record: 'M12 19.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15Zm0-4.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  pause: 'M9 6v12m6-12v12',
  play: 'M8 5.5v13l10.5-6.5Z',
  stop: 'M7 7h10v10H7Z',
  folder: 'M3.5 7a1.5 1.5 0 0 1 1.5-1.5h4l2 2.5h8a1.5 1.5 0 0 1 1.5 1.5V17a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17Z',
  end: 'M12 3.5V11m5.3-4.8a7.5 7.5 0 1 1-10.6 0',
  download: 'M12 4v10.5m-4-4 4 4 4-4M5 19.5h14',
  copy: 'M9 9h10.5v10.5H9ZM15 5.5v-1H4.5V15h1',
  close: 'm6.5 6.5 11 11m0-11-11 11',
  back: 'M19 12H5m5.5-5.5L5 12l5.5 5.5',
  mark: 'M7 4.5h10V20l-5-3.8L7 20Z',
  film: 'M4 5.5h16v13H4Zm4 0v13m8-13v13M4 9.8h4m-4 4.4h4m8-4.4h4m-4 4.4h4',
  layout: 'M3.5 5.5h17v13h-17Zm11 0v13m6-6.5h-6',
  highlight: 'm12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8Z',
  speaker: 'M4.5 9.5v5H8l4.5 4v-13L8 9.5ZM16 9a4.2 4.2 0 0 1 0 6m2.3-8.4a7.6 7.6 0 0 1 0 10.8',
  warning: 'M12 9v4.5m0 3v.01M12 4 3 19.5h18Z',
} as const;

export type IconName = keyof typeof PATHS;

/** They point the way that one reads; a play sign, a clock or a camera does not. */
const MIRRORED: ReadonlySet<IconName> = new Set(['leave', 'back']);

export function Icon({ name, struck = false }: { name: IconName; struck?: boolean }) {
  return (
    <svg class={classOf(name)} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
      {struck && <path class="icon-strike" d="m4 4 16 16" />}
    </svg>
  );
}

function classOf(name: IconName): string {
  if (name === 'more') return 'icon icon-dots';
  return MIRRORED.has(name) ? 'icon icon-mirrored' : 'icon';
}
