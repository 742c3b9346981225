/** What the command line says to its caller (docs: spec, A1). */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;
