import { language, text } from '../messages/index.js';
import { LANGUAGES, isLanguage } from '../messages/languages.js';
import { chooseAndRemember } from './language.js';

/** Each language is named in itself, so that it is found by those who read no other. */
export function LanguageSelect() {
  const choose = async (select: HTMLSelectElement) => {
    const code = select.value;
    if (!isLanguage(code) || !(await chooseAndRemember(code))) select.value = language.value;
  };
  return (
    <select
      class="input language-select"
      aria-label={text.common.language}
      value={language.value}
      onChange={(event) => void choose(event.currentTarget)}
    >
      {Object.entries(LANGUAGES).map(([code, { name, dir }]) => (
        <option key={code} value={code} lang={code} dir={dir}>
          {name}
        </option>
      ))}
    </select>
  );
}
