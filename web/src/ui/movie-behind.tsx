import { formatWait, text } from '../messages/index.js';
import type { RoomSession } from './room-session.js';

/**
 * R7: for hosts and moderators, and only while the movie is so far behind that they would wonder. It is not read
 * out, for it changes all the time.
 */
export function MovieBehind({ session }: { session: RoomSession }) {
  const { movie, recording } = session.state.value;
  if (!movie || !recording) return null;
  const { behind, making, makingSoon, waits } = text.recording;
  const left = movie.leftMs === null ? makingSoon : making(formatWait(movie.leftMs));
  const words = movie.waits ? waits : recording.state === 'finalising' ? left : behind(formatWait(movie.behindMs));
  return <p class="movie-behind muted">{words}</p>;
}
