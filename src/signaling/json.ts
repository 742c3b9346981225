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

/** Counts what begins a value outside of strings. Pure, one pass. */
function hasAtMost(text: string, maxParts: number): boolean {
  let parts = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
      if (i < 0) return false;
    } else if ((code === COMMA || code === BRACKET || code === BRACE) && ++parts > maxParts) return false;
  }
  return true;
}

/** Index of the quote that ends the string begun at `start`, or -1. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((end - before) % 2 === 0) return end;
  }
  return -1;
}
