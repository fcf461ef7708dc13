import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { EdgeTimes } from "../form.ts";
import { launched } from "./launched.ts";
import type { MailProxy, Surroundings } from "./proxy.ts";

/** Enough that one may be killed. */
const WORKERS = 2;
/** Memory for slow clients: less than what the scenario of short memory leaves. */
const RELAY_BYTES = 8 * 1024 * 1024;

/** The edge on Bun, as in production. */
export function mmp(
  { folder, logFile, environment, certFile, keyFile, api, stores }: Surroundings,
  times: EdgeTimes,
): Promise<MailProxy> {
  const file = join(folder, "edge.yaml");
  const options = ["--config", file, "--no-watch", "--drain-seconds", String(times.drainSeconds)];
  const store = ({ port }: { port: number }, tls: "none" | "starttls") => ({
    address: "127.0.0.1",
    imap: { port, tls },
    serverName: "localhost",
    caFile: join(folder, "ca.crt"),
    ...times.stores,
  });
  return launched({
    name: "mmp",
    logFile,
    environment,
    command: () => ["bun", "bin/mmp.ts", "edge", ...options],
    write({ plain, tls }, isRight) {
      const listener = (port: number, mode: string) => ({
        protocol: "imap",
        address: "127.0.0.1",
        port,
        tls: mode,
      });
      const right = {
        routeApi: { url: `http://127.0.0.1:${api.port}`, tokenFile: join(folder, "token") },
        stores: { store1: store(stores.store1, "none"), store2: store(stores.store2, "starttls") },
        edge: { snapshotFile: join(folder, "routes.snapshot"), relayBytes: RELAY_BYTES, warmUpLogins: 0 },
        instances: {
          main: {
            listeners: [listener(plain, "starttls"), listener(tls, "implicit")],
            tls: { certificates: [{ certFile, keyFile }] },
            allowPlaintextLogin: true,
            workers: WORKERS,
            routeCache: times.routeCache,
            limits: times.limits,
            penalties: {},
          },
        },
      };
      writeFileSync(file, isRight ? stringify(right) : "instances: { main: { listeners: 5 } }\n");
    },
    refused: /configuration not reloaded/,
    taken: /configuration reloaded/,
  });
}
