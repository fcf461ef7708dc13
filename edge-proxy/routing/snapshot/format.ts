import { createHash } from "node:crypto";
import { z } from "zod";
import { Route } from "../../../route-api/contract/routes.ts";
import { parseJson } from "../../api-client/answers.ts";

/** Another version is not read: what a field means may have changed. */
const VERSION = 1;

/** A route as it stands in the file: `cache` names the cache that it comes from. */
const SnapshotRoute = z.object({
  cache: z.string(),
  key: z.string(),
  ageMs: z.number().min(0),
  route: Route,
});
export type SnapshotRoute = z.infer<typeof SnapshotRoute>;

const Head = z.object({ format: z.literal("mmp-routes"), version: z.number(), writtenAtMs: z.number() });
const Foot = z.object({ routes: z.int().min(0), sha256: z.string() });

/** What a snapshot comes to; `why` is for the log. */
export type SnapshotResult =
  | { ok: true; writtenAtMs: number; routes: Generator<SnapshotRoute> }
  | { ok: false; why: string };

/** The lines of a snapshot: JSON, one a route, with the checksum of all before it in the last. */
export interface SnapshotLines {
  readonly routes: number;
  head(): string;
  route(route: SnapshotRoute): string;
  foot(): string;
}

/** `writtenAtMs` is the time by the clock. */
export function snapshotLines(writtenAtMs: number): SnapshotLines {
  const hash = createHash("sha256");
  let routes = 0;
  const hashed = (value: object): string => {
    const line = `${JSON.stringify(value)}\n`;
    hash.update(line);
    return line;
  };
  return {
    get routes() {
      return routes;
    },
    head: () => hashed({ format: "mmp-routes", version: VERSION, writtenAtMs }),
    route(route) {
      routes++;
      return hashed(route);
    },
    foot: () => `${JSON.stringify({ routes, sha256: hash.digest("hex") })}\n`,
  };
}

/** Reads a snapshot. Nothing of a file that is cut or altered is used. */
export function readSnapshot(bytes: Uint8Array): SnapshotResult {
  const footAt = bytes.lastIndexOf(LINE_FEED, -2) + 1;
  const headEnd = bytes.indexOf(LINE_FEED) + 1;
  if (headEnd === 0 || footAt < headEnd) return { ok: false, why: "it is not complete" };
  const head = Head.safeParse(parseJson(bytes.subarray(0, headEnd)));
  if (!head.success) return { ok: false, why: "it is not a snapshot of routes" };
  if (head.data.version !== VERSION) return { ok: false, why: `it has version ${head.data.version}` };
  const foot = Foot.safeParse(parseJson(bytes.subarray(footAt)));
  const lines = bytes.subarray(0, footAt);
  if (!foot.success || foot.data.sha256 !== createHash("sha256").update(lines).digest("hex")) {
    return { ok: false, why: "its checksum is wrong" };
  }
  return { ok: true, writtenAtMs: head.data.writtenAtMs, routes: routesOf(lines.subarray(headEnd)) };
}

function* routesOf(lines: Uint8Array): Generator<SnapshotRoute> {
  for (let at = 0; at < lines.length; ) {
    const end = lines.indexOf(LINE_FEED, at) + 1;
    const route = SnapshotRoute.safeParse(parseJson(lines.subarray(at, end)));
    if (route.success) yield route.data;
    at = end;
  }
}

const LINE_FEED = 10;
