/**
 * Reads a JSON text of at most `maxParts` values. Returns undefined where it is no JSON or has more:
 * parsing a quarter of a megabyte of nothing but brackets costs milliseconds, counting them does not.
 */
export function parseSmallJson(text: string, maxParts: number): unknown {
  if (!hasAtMost(text, maxParts)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const [QUOTE, COMMA, BRACKET, BRACE, BACKSLASH] = ['"', ',', '[', '{', '\\'].map((character) => character.charCodeAt(0));

/**
 * Counts what begins a value outside of strings. Pure; looks at each character once, whatever they are,
 * so that a text's cost is that of its length.
 */
function hasAtMost(text: string, maxParts: number): boolean {
  let parts = 1;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) inString = !inString;
    else if (inString) {
      if (code === BACKSLASH) i++;
    } else if ((code === COMMA || code === BRACKET || code === BRACE) && ++parts > maxParts) return false;
  }
  return !inString;
}
