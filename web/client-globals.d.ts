/** All that the client library takes for granted beyond the language: browsers, Node and workers have it. */
declare function setTimeout(work: () => void, delayMs: number): number;
declare function clearTimeout(timer: number): void;
declare function setInterval(work: () => void, delayMs: number): number;
declare function clearInterval(timer: number): void;
declare const performance: { now(): number };
