/** Connects by the transport of the runtime that runs it when no descriptor is left, and prints when it hears of that. */
import { openSync } from "node:fs";
import { runtimeTransport } from "../../../edge-proxy/transport/runtime.ts";

const transport = await runtimeTransport();
const nobody = {
  connected() {},
  secured() {},
  data() {},
  drained() {},
  ended() {},
};
const attempt = (port: number): Promise<{ hasReturned: boolean; code: string | undefined }> =>
  new Promise((resolve) => {
    let hasReturned = false;
    const closed = (error?: { code: string }): void => resolve({ hasReturned, code: error?.code });
    transport.connect({ host: "127.0.0.1", port, implicitTls: false }, { ...nobody, closed });
    hasReturned = true;
  });

// What is loaded with the first connection is loaded while there are descriptors.
await attempt(1);
try {
  for (;;) openSync("/dev/null", "r");
} catch {
  console.log(JSON.stringify(await attempt(1)));
}
process.exit(0);
