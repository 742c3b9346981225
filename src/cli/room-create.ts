import { Command, Option } from 'commander';
import { systemClock } from '../core/clock.js';
import { DEFAULT_LAYOUT, LAYOUTS, type LayoutName } from '../core/layouts.js';
import { DEFAULT_STAGE, STAGE_ACCESS, type StageAccess } from '../core/stage.js';
import { createRoom } from '../signaling/create-room.js';
import { ROOM_KINDS, type RoomKind } from '../signaling/stores.js';
import { dataOption, jsonOption, withNewStorage } from './data.js';
import { baseUrl, baseUrlOption, tokensOf } from './links.js';
import { print, printJson } from './output.js';

interface RoomFlags {
  title: string;
  kind: RoomKind;
  timeZone?: string;
  layout: LayoutName;
  /** Commander's form of --no-transitions. */
  transitions: boolean;
  initials: boolean;
  stage: StageAccess;
  webinar: boolean;
  /** Commander's form of --no-roll-over. */
  rollOver: boolean;
  keepChat: boolean;
  baseUrl?: string;
  json: boolean;
  data?: string;
}

export function roomCreateCommand(): Command {
  return new Command('create')
    .description('make a room and its three links; opening the host link is all that a host needs')
    .requiredOption('--title <text>', "the meeting's title, which names its recordings")
    .addOption(new Option('--kind <kind>', 'whose room it is').choices(ROOM_KINDS).default('single'))
    .option('--time-zone <name>', "IANA time zone of its recordings' names, such as Europe/Berlin (REELROOM_TIME_ZONE)")
    .addOption(new Option('--layout <name>', 'how its recordings are laid out').choices(LAYOUTS).default(DEFAULT_LAYOUT))
    .option('--no-transitions', "its recordings' tiles jump to their places instead of moving there")
    .option('--initials', 'who has no camera and speaks is shown by initials', false)
    .addOption(new Option('--stage <access>', 'who comes on stage').choices(STAGE_ACCESS).default(DEFAULT_STAGE.stageAccess))
    .option('--webinar', 'the audience listens, and is only ever invited', false)
    .option('--keep-chat', 'what people write is kept beside the recordings', false)
    .option('--no-roll-over', 'a recording ends at its longest (24 h) instead of going on in a next part')
    .addOption(baseUrlOption())
    .addOption(jsonOption())
    .addOption(dataOption())
    .action(create);
}

async function create(flags: RoomFlags): Promise<void> {
  const links = await withNewStorage(flags, (storage, config) => {
    const { title, kind, timeZone = config.timeZone, layout, transitions, initials, stage, webinar, rollOver, keepChat } = flags;
    const parts = { rooms: storage.rooms, tokens: tokensOf(config), baseUrl: baseUrl(flags.baseUrl, config), nowMs: systemClock.wallMs() };
    const stageSettings = { stageAccess: stage, meetingKind: webinar ? ('webinar' as const) : ('interactive' as const) };
    return createRoom({ title, kind, timeZone, settings: { layout, transitions, initials, ...stageSettings, ...(!rollOver && { rollOver }), ...(keepChat && { keepChat }) } }, parts);
  });
  if (flags.json) printJson(links);
  else {
    print(`Room ${links.id}`);
    print(`  host         ${links.hostUrl}`);
    print(`  moderator    ${links.moderatorUrl}`);
    print(`  participant  ${links.participantUrl}`);
  }
}
