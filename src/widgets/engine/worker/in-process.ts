/** For where there is no worker. Apart from the client, which needs nothing of what the worker computes with. */

import type { Port } from "./protocol.js";
import { serve } from "./worker.js";

/** A port whose other end is served beside the page, in small slices. `close` ends it. */
export function inProcess(slice?: number): Port & { close: () => void } {
  const { port1, port2 } = new MessageChannel();
  serve(port2, slice);
  return port1;
}
