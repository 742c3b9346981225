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
  picture: 'M4 5.5h16v13H4Zm0 10 4.5-4.5 4 4 2.5-2.5 5 5M15.5 9v.01',
  pages: 'M6 3.5h8l4 4v13H6Zm8 0v4h4M9 12h6m-6 4h6',
  pen: 'M5 19l1-4L15.5 5.5l3 3L9 18Zm8.5-11.5 3 3',
  eraser: 'M9 19h10.5M5 14.5 13.5 6l5 5-8 8H8Zm4-4 5 5',
  laser: 'M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm0-9.5v2m0 11v2m7.5-7.5h-2m-11 0h-2m12.8-5.3-1.4 1.4m-7.8 7.8-1.4 1.4m10.6 0-1.4-1.4M8.1 8.1 6.7 6.7',
  undo: 'M8.5 5 4.5 9l4 4M4.5 9H14a5 5 0 0 1 0 10H9',
  wipe: 'M5.5 7h13M9.5 7V4.5h5V7m-7 0 .8 12.5h7.4L16.5 7',
  add: 'M12 5v14m-7-7h14',
  layout: 'M3.5 5.5h17v13h-17Zm11 0v13m6-6.5h-6',
  highlight: 'm12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8Z',
  people: 'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 8a6 6 0 0 1 12 0m.5-8.1a3.3 3.3 0 0 0 0-6.3M17.5 14a6 6 0 0 1 3.5 5.5',
  person: 'M12 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-7 8a7 7 0 0 1 14 0',
  chat: 'M4 5.5h16v11h-9L6.5 20v-3.5H4Z',
  hand: 'M7.5 13.2V6.9a1.3 1.3 0 0 1 2.6 0v4.6-6a1.3 1.3 0 0 1 2.6 0v6-5.2a1.3 1.3 0 0 1 2.6 0v5.9-3.4a1.3 1.3 0 0 1 2.6 0v5.4a5.8 5.8 0 0 1-5.8 5.8c-2 0-3.6-.9-4.7-2.5l-3-4.6a1.35 1.35 0 0 1 2.2-1.6Z',
  pin: 'M9 4.5h6l-.7 6 3.2 3.7h-11l3.2-3.7Zm3 9.7v5.8',
  lock: 'M6 11h12v8.5H6Zm2.5 0V8a3.5 3.5 0 0 1 7 0v3',
  send: 'M4.5 11.5 20 4.5l-5.5 15.5-3-6.5Zm7 2 4-4',
  smile: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm-3.7-6a4.5 4.5 0 0 0 7.4 0M9.3 9.8v.01m5.4-.01v.01',
  stage: 'M12 11.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Zm-5.5 4.4a6 6 0 0 1 11 0M3.5 19.5h17',
  audience: 'M12 10.5v8m-3.2-3.2L12 18.5l3.2-3.2M4 5.5h16',
  grid: 'M4 5.5h7v5.5H4Zm9 0h7v5.5h-7Zm-9 7.5h7v5.5H4Zm9 0h7v5.5h-7Z',
  'speaker-view': 'M4 5h16v9H4Zm0 12h4.2v2.5H4Zm5.9 0h4.2v2.5H9.9Zm5.9 0H20v2.5h-4.2Z',
  settings: 'M4 7.5h9m4 0h3M4 16.5h3m4 0h9M15 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm-6 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  down: 'M12 5v13m-5-5 5 5 5-5',
  speaker: 'M4.5 9.5v5H8l4.5 4v-13L8 9.5ZM16 9a4.2 4.2 0 0 1 0 6m2.3-8.4a7.6 7.6 0 0 1 0 10.8',
  warning: 'M12 9v4.5m0 3v.01M12 4 3 19.5h18Z',
} as const;

export type IconName = keyof typeof PATHS;

/** They point the way that one reads; a play sign, a clock or a camera does not. */
const MIRRORED: ReadonlySet<IconName> = new Set(['leave', 'back', 'undo']);

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
