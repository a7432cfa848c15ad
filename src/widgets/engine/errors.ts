/** Bytes or a state that cannot be what they claim to be: truncated, foreign or inconsistent. */
export class AssetError extends Error {
  override name = "AssetError";
}

/** What can be wrong with a text that a model is to read. */
export type InputProblem = "empty" | "too-long" | "surrogate" | "no-unknown";

/** A text that a model cannot read. The code and the numbers are for a view, which says it in the reader's language. */
export class InputError extends Error {
  override name = "InputError";

  constructor(
    message: string,
    readonly code: InputProblem,
    readonly values: Readonly<Record<string, number | string>> = {},
  ) {
    super(message);
  }
}

/** A request that a newer one has made superfluous. */
export class CancelledError extends Error {
  override name = "CancelledError";
}
