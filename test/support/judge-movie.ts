import { expectedPlaces } from './expected-places.js';
import type { JournalFacts, JournalTrack } from './journal-facts.js';
import { colourDistance, median, motionOf, observe, skewsOf, type Sighting, type Watch } from './movie-analysis.js';
import { unevenness, type MovieFrame } from './movie-frames.js';
import { beepsOf, peakOf, silentSpans, soundOf } from './movie-sound.js';
import { CAMERA, SCREEN, type RectPx, type SourceEvent } from './pattern.js';
import { sentMedia, type SentMedia, type SentPicture } from './sent-media.js';

/** Of the frames that a 30 Hz grid can show at all, this share must be seen. */
const FRAMES_SHOWN = 0.9;
const TICK_MS = 1000 / 30;
const NEAR_MS = 25;
/** V7 */
const SKEW_MS = 40;
/** Share of a person's events in a part of a live meeting, at least one, that may be beyond the bound. */
const LIVE_BEYOND = 0.1;
/** What a browser may add between its canvas and audio clock and its sender reports, ms. */
const ON_THE_WAY_MS = 120;
/** Sound lost by a sender that still counts as even, ms. */
const EVEN_MS = 50;
/** Where a sender loses sound, a beep's own time is known to this, ms (`sent-media.ts`). */
const UNSEEN_LOSS_MS = 20;
/** At least so many flashes of each person must be judged. */
const JUDGED = 3;
/** Share of the beeps that reached the server. */
const BEEPS_HEARD = 0.8;
/** What comes this much later than the fastest frame may have missed its moment. */
const TOO_LATE_MS = 1000;
/** V8: a stream that stalls for longer has a placeholder in its tile. */
const FREEZE_MS = 2000;
/** Largest difference of a colour channel, 0-255, after two codecs. */
const COLOUR_DISTANCE = 8;

/** A person whose pattern is in the movie, and what their page really drew and sounded. */
export interface Publisher {
  name: string;
  colour: string;
  frequencyHz: number;
  source: { events: SourceEvent[]; drawnAtMs: number[] };
}

export interface Judgement {
  checks: { holds: boolean; says: string }[];
  notes: string[];
}

/** A part of the movie with one layout, ms. */
interface Part {
  name: string;
  shared: boolean;
  fromMs: number;
  toMs: number;
}

/** After a change of the scene: a keyframe may have to be asked for. */
const SETTLE_MS = 2000;
const BEFORE_CHANGE_MS = 300;

/**
 * Whether a movie shows and sounds what was published: each person's colour and motion in the tile where
 * the layout has it, nothing else in the picture, flash and beep together. `people` in their order on stage.
 * `live`: the senders are browsers that have to share this machine. In a moment in which one of them stands
 * still nobody knows when a beep was, and a blurred picture shows no mark; so single events may fail.
 */
export async function judgeMovie(path: string, journal: JournalFacts, people: Publisher[], { live = false } = {}): Promise<Judgement> {
  const allowedBeyond = (events: number): number => (live ? Math.ceil(events * LIVE_BEYOND) : 0);
  const unreadableShare = live ? 0.1 : 0.05;
  const checks: Judgement['checks'] = [];
  const notes: string[] = [];
  const check = (holds: boolean, says: string): void => void checks.push({ holds, says });
  const names = people.map(({ name }) => name);
  const parts = partsOf(journal);
  const places = new Map(parts.map((part) => [part.name, expectedPlaces('stage', names, part.shared)]));
  const watches = parts.flatMap(({ name: part, fromMs, toMs }) =>
    [...(places.get(part) ?? [])].map(([name, placement]): Watch => ({
      name: `${name} in ${part}`, kind: name === 'screen' ? 'screen' : 'camera', placement, fromMs, toMs,
    })),
  );
  const strange: Record<string, number> = {};
  const { sightings, black } = await observe(path, watches, (frame) => {
    for (const { name, fromMs, toMs } of parts) {
      const middle = Math.round(((fromMs + toMs) / 2) * 0.03);
      if (frame.index === middle) Object.assign(strange, strangeParts(name, frame, places.get(name) ?? new Map()));
    }
  });
  check(black.length === 0, `never black: ${JSON.stringify(black)}`);
  for (const [where, share] of Object.entries(strange)) check(share < 0.01, `nothing is written ${where}: ${(share * 100).toFixed(2)} %`);
  const sound = await soundOf(path);
  check(peakOf(sound) < 1, `the mix does not clip: peak ${peakOf(sound).toFixed(3)}`);
  check(silentSpans(sound, 2500).length === 0, `no hole in the sound: ${JSON.stringify(silentSpans(sound, 2500))}`);

  const sent = new Map(await Promise.all(people.map(async ({ name, frequencyHz }) => [name, await sentMedia(journal.dir, name, frequencyHz)] as const)));
  const judged = new Map<string, number>();
  for (const watch of watches) {
    const seen = sightings.get(watch.name) ?? [];
    const [name = ''] = watch.name.split(' in ');
    const person = people.find((known) => known.name === name);
    const colour = person?.colour ?? SCREEN.colour;
    notes.push(`${watch.name}: colour off by ${colourOf(seen, colour)}`);
    check(colourOf(seen, colour) < COLOUR_DISTANCE, `${watch.name}: colour ${seen[Math.floor(seen.length / 2)]?.colour} for ${colour}`);
    const motion = motionOf(seen);
    const { received, showable } = framesIn(trackOf(journal, person?.name ?? null), watch.fromMs, watch.toMs);
    notes.push(`${watch.name}: ${JSON.stringify(motion)}, ${received} received, ${showable} showable in ${Math.round(watch.toMs - watch.fromMs)} ms`);
    check(received >= 5, `${watch.name}: ${received} frames reached the server`);
    check(motion.distinct >= showable * FRAMES_SHOWN, `${watch.name}: ${motion.distinct} of ${showable} frames are shown`);
    const hidden = Math.ceil(hiddenMs(sent.get(name)?.pictures ?? [], watch.fromMs, watch.toMs) / TICK_MS);
    check(motion.unreadable <= hidden + seen.length * unreadableShare, `${watch.name}: ${motion.unreadable} of ${seen.length} frames unreadable, in ${hidden} there was nothing to read (V8)`);
    check(motion.backwards === 0, `${watch.name}: goes back ${motion.backwards} times`);
    if (!person) continue;
    const media = sent.get(person.name);
    if (!media) continue;
    const { matched, unmatched } = skewsOf(seen, beepsOf(sound, person.frequencyHz), media);
    judged.set(watch.name, matched.length);
    const skews = matched.map((event) => Math.round(event.skewMs));
    notes.push(`${watch.name}: skews ${skews} ms`);
    notes.push(`${watch.name}: ${matched.length} flashes with their beep, ${unmatched} without`);
    if (matched.length === 0 || !isSteady(media)) continue;
    check(unmatched <= 1, `${watch.name}: ${unmatched} flashes without their beep`);
    check(Math.abs(median(skews)) <= SKEW_MS, `${watch.name}: median skew ${median(skews)} ms`);
    const bound = media.lostMs <= EVEN_MS ? SKEW_MS : SKEW_MS + UNSEEN_LOSS_MS;
    const beyond = skews.filter((skew) => Math.abs(skew) > bound).length;
    check(beyond <= allowedBeyond(skews.length), `${watch.name}: ${beyond} of ${skews.length} beyond ${bound} ms, largest skew ${Math.max(...skews.map(Math.abs))} ms`);
  }
  const onTheWayMs: number[] = [];
  for (const { name, frequencyHz, source } of people) {
    const media = sent.get(name) ?? { pictures: [], flashes: [], beeps: [], slipped: 0, lostMs: 0 };
    const made = media.beeps.length + media.slipped;
    const heard = beepsOf(sound, frequencyHz).length;
    check(made > 0 && heard >= made * BEEPS_HEARD, `${name}: ${heard} of ${made} beeps are heard`);
    const own = [...judged].filter(([watch]) => watch.startsWith(`${name} in `)).reduce((sum, [, count]) => sum + count, 0);
    if (isSteady(media)) check(own >= Math.min(JUDGED, media.beeps.length / 3), `${name}: ${own} flashes could be judged`);
    else notes.push(`${name}: nobody knows when ${media.slipped} of ${made} beeps were; ${own} flashes could be judged`);
    const apart = onTheWay(media, source.events);
    notes.push(`${name}: lost ${Math.round(media.lostMs)} ms of sound; sent further apart than drawn and sounded by ${apart.map(Math.round)} ms`);
    onTheWayMs.push(Math.abs(median(apart)));
  }
  // One browser's audio clock may come to run a tenth of a second ahead of what it sends, and nothing tells; not that of most.
  const near = onTheWayMs.filter((ms) => !(ms > ON_THE_WAY_MS)).length;
  check(near * 2 >= people.length, `${near} of ${people.length} sent picture and sound as far apart as their pages made them`);
  return { checks, notes };
}

/**
 * Whether it is known of four in five beeps when they were. Where a browser's sound stands still again and
 * again, lip-sync cannot be judged.
 */
function isSteady({ beeps, slipped }: SentMedia): boolean {
  return slipped <= (beeps.length + slipped) / 5;
}

/** By how much further apart flash and beep were sent than the page drew and sounded them, ms. */
function onTheWay(sent: SentMedia, events: SourceEvent[]): number[] {
  return events.flatMap(({ frame, drawnAtMs, beepAtMs }) => {
    const flash = sent.flashes.find(({ value }) => value === frame % 2 ** CAMERA.mark.bits);
    if (!flash) return [];
    const apart = sent.beeps.map(({ ntpMs }) => flash.ntpMs - ntpMs - (drawnAtMs - beepAtMs));
    const nearest = apart.reduce((best, ms) => (Math.abs(ms) < Math.abs(best) ? ms : best), Infinity);
    // Further away lies the beep of another second: this one's time the sender leaves open.
    return Math.abs(nearest) < 500 ? [nearest] : [];
  });
}

/** The recording cut where a screen came or went. */
function partsOf(journal: JournalFacts): Part[] {
  const changes = journal.events.flatMap(({ timeMs, event }) => {
    if (event.kind === 'track-started' && event.description.source === 'screen') {
      const first = journal.tracks.find(({ description }) => description.trackId === event.description.trackId)?.framesAtMs[0];
      return [{ atMs: first ?? timeMs, shared: true, track: event.track }];
    }
    return event.kind === 'track-ended' ? [{ atMs: timeMs, shared: false, track: event.track }] : [];
  });
  const screens = new Set(changes.filter(({ shared }) => shared).map(({ track }) => track));
  const cuts = [{ atMs: 0, shared: false }, ...changes.filter(({ track }) => screens.has(track))];
  return cuts.map(({ atMs, shared }, index) => ({
    name: `${shared ? 'stage' : 'grid'} ${index + 1}`,
    shared,
    fromMs: atMs + SETTLE_MS,
    toMs: (cuts[index + 1]?.atMs ?? journal.lastMs - BEFORE_CHANGE_MS) - BEFORE_CHANGE_MS,
  })).filter(({ fromMs, toMs }) => toMs - fromMs >= 500);
}

/** The camera of the person with this name; null: the screen. */
function trackOf(journal: JournalFacts, name: string | null): JournalTrack | undefined {
  const nameOf = (memberId: string): string | null => {
    const event = journal.events.find(({ event }) => event.kind === 'member-on-stage' && event.memberId === memberId)?.event;
    return event?.kind === 'member-on-stage' ? event.name : null;
  };
  return journal.tracks.find(({ description: { source, memberId } }) =>
    name === null ? source === 'screen' : source === 'camera' && nameOf(memberId) === name,
  );
}

/** For how long there was no picture to show for want of a new one (V8), or one that cannot be read. */
function hiddenMs(pictures: SentPicture[], fromMs: number, toMs: number): number {
  const leastMs = Math.min(...pictures.map(({ arrivedMs, sentMs }) => arrivedMs - sentMs));
  const inTime = pictures.filter(({ arrivedMs, sentMs }) => arrivedMs - sentMs < leastMs + TOO_LATE_MS);
  const shown = inTime.map(({ sentMs, readable }) => ({ fromMs: sentMs + leastMs, readable }));
  return shown.reduce((sum, picture, index) => {
    const hiddenFrom = Math.max(fromMs, picture.fromMs + (picture.readable ? FREEZE_MS : 0));
    return sum + Math.max(0, Math.min(toMs, shown[index + 1]?.fromMs ?? Infinity) - hiddenFrom);
  }, 0);
}

/** Frames that reached the server in time, and how many of them a 30 Hz grid can show within `NEAR_MS` of their time, however it lies. */
function framesIn(track: JournalTrack | undefined, fromMs: number, toMs: number): { received: number; showable: number } {
  const delaysMs = track?.framesAtMs.map((atMs, index) => atMs - (track.framesSentMs[index] ?? NaN)) ?? [];
  const inTimeMs = Math.min(...delaysMs) + TOO_LATE_MS;
  const sentMs = track?.framesSentMs.filter((_, index) => {
    const atMs = track.framesAtMs[index] ?? NaN;
    return atMs >= fromMs && atMs < toMs && (delaysMs[index] ?? NaN) < inTimeMs;
  }) ?? [];
  sentMs.sort((a, b) => a - b);
  const showable = [0, 0.25, 0.5, 0.75].map((phase) => {
    let [free, shown] = [-Infinity, 0];
    for (const ms of sentMs) {
      const tick = Math.max(free, Math.ceil((ms - NEAR_MS) / TICK_MS + phase) - phase);
      if (tick * TICK_MS > ms + NEAR_MS) continue;
      shown++;
      free = tick + 1;
    }
    return shown;
  });
  return { received: sentMs.length, showable: Math.min(...showable) };
}

/** The difference from the colour in the middle one of all frames. */
function colourOf(seen: Sighting[], wanted: string): number {
  return median(seen.map(({ colour }) => colourDistance(colour, wanted)));
}

/** How uneven the parts are in which nothing is drawn: between the tiles, and each camera's lower edge. */
function strangeParts(part: string, frame: MovieFrame, places: ReturnType<typeof expectedPlaces>): Record<string, number> {
  const whole: RectPx = { x: 0, y: 0, widthPx: 1920, heightPx: 1080 };
  // A margin of 4: in half size a tile's edge is blurred over its neighbours.
  const tiles = [...places.values()].map(({ tile }) => ({ x: tile.x - 4, y: tile.y - 4, widthPx: tile.widthPx + 8, heightPx: tile.heightPx + 8 }));
  const found: Record<string, number> = { [`between the tiles of ${part}`]: unevenness(frame, whole, 12, tiles) };
  for (const [name, { tile }] of places) {
    if (name === 'screen') continue;
    const lower = { x: tile.x + 8, y: tile.y + tile.heightPx * 0.82, widthPx: tile.widthPx - 16, heightPx: tile.heightPx * 0.16 };
    found[`over ${name} in ${part}`] = unevenness(frame, lower, 16);
  }
  return found;
}
