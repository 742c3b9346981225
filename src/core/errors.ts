/**
 * The one error type that crosses a boundary of Reelroom.
 *
 * `code` is stable and is what programs, tests and translations match; `message` is a sentence for
 * people; `audience` says who can act on it. `status` is the HTTP status the API answers with.
 */
export class AppError extends Error {
  readonly code: string;
  readonly audience: 'user' | 'operator';
  readonly status: number;

  constructor(
    code: string,
    message: string,
    options: { audience?: 'user' | 'operator'; status?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.audience = options.audience ?? 'user';
    this.status = options.status ?? 400;
  }
}

/** The sentence of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
