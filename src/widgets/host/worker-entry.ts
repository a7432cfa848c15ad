/** The worker's program: the engine at the end of a wire. Where there are no workers, a page imports `serve` from it. */

import type { Port } from "../engine/worker/protocol.js";
import { serve } from "../engine/worker/worker.js";

export { serve };

if (!("document" in globalThis)) {
  const port = globalThis as unknown as Port;
  serve(port);
  port.postMessage("ready", []);
}
