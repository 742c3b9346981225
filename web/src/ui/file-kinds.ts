import { text } from '../messages/index.js';
import type { IconName } from './icons.js';

/** What a file is to people, by its MIME type. */
export function kindOf(type: string): { icon: IconName; words: string } {
  if (type.startsWith('image/')) return { icon: 'picture', words: text.files.kinds.picture };
  if (type.startsWith('video/')) return { icon: 'film', words: text.files.kinds.film };
  return { icon: 'pages', words: text.files.kinds.pdf };
}
