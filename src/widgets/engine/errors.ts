/** Bytes or a state that cannot be what they claim to be: truncated, foreign or inconsistent. */
export class AssetError extends Error {
  override name = "AssetError";
}
