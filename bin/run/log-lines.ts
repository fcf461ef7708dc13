import { z } from "zod";
import { Protocol } from "../../route-api/contract/protocols.ts";

const count = z.int().min(0);
const ms = z.number().min(0);
const text = z.string();
const texts = z.array(z.string());

/** Fields of every line. */
const EVERY = {
  level: z.union([z.literal(20), z.literal(30), z.literal(40), z.literal(50)]).meta({
    description: "20 debug, 30 information, 40 warning, 50 error",
  }),
  time: count.meta({ description: "milliseconds since 1970" }),
  pid: count,
};

/** Whose session it is, and where. */
const WHOSE = {
  sid: text.meta({ description: "session id; the route API and stores with forwardClient have it too" }),
  instance: text,
  protocol: Protocol,
  virtualDomain: text.optional(),
  account: text.optional(),
  login: text.optional(),
  authorizationId: text.optional(),
  client: text.meta({ description: "address and port" }),
  store: text.optional(),
  mechanism: text.optional(),
  tls: text.optional(),
};

const Failure = z.strictObject({
  code: text,
  login: text.optional(),
  authorizationId: text.optional(),
  store: text.optional(),
  progress: z.enum(["connect", "tls", "banner", "capability", "auth", "done"]).optional(),
  detail: text.optional(),
});

const Listener = z.strictObject({
  instance: text,
  protocol: Protocol,
  tls: z.enum(["none", "starttls", "implicit"]),
  address: text,
  port: count,
});

/** Lines with fields of their own, by their `msg`. */
const LINES = {
  session: {
    ...WHOSE,
    tlsFault: text.optional(),
    certificate: text.optional(),
    bytesFromClient: count,
    bytesFromStore: count,
    durationMs: count,
    delayedMs: ms.optional(),
    heldMs: ms.optional(),
    reason: text,
    failures: z.array(Failure).optional(),
  },
  login: {
    ...WHOSE,
    clientId: z.partialRecord(z.enum(["name", "version", "vendor", "os", "os-version"]), text).optional(),
    routeMs: ms,
    connectMs: ms,
    tlsMs: ms.optional(),
    authMs: ms,
    loginMs: ms,
  },
  request: {
    requestId: text,
    sid: text.optional(),
    method: text,
    path: text,
    status: count,
    caller: text.optional(),
    address: text.optional(),
    forwardedFor: text.optional(),
    durationMs: count,
  },
  "request failed": {
    requestId: text,
    sid: text.optional(),
    code: text,
    error: text,
    cause: text.optional(),
  },
  "pre-authenticated": { sid: text, instance: text, user: text, client: text, line: text },
  "trace begun": { trace: text, login: text.optional(), client: text.optional(), seconds: count },
} as const;

/** Fields that all other lines may have: a name means one thing, whatever the line. */
const OTHERS = z
  .strictObject({
    // Sessions, instances and stores.
    ...WHOSE,
    administrator: text,
    audit: text,
    outcome: z.enum(["granted", "refused"]),
    host: text,
    detail: text,
    listeners: z.array(Listener),
    routeApi: z.union([text, texts]),
    faults: z.array(z.strictObject({ instance: text, text })),
    mistakes: texts,
    warning: text,
    // Questions and traces.
    question: text,
    trace: text,
    kicked: count,
    overSeconds: text,
    // Processes and files.
    address: text,
    port: count,
    args: texts,
    program: text,
    successorPid: count,
    worker: count,
    workerPid: count,
    workers: count,
    signal: text.nullable(),
    code: z.union([text, z.number()]).nullable(),
    sessions: count,
    restartMs: count,
    limit: count,
    needed: count,
    dropped: count,
    logins: count,
    file: text,
    files: texts,
    fields: texts,
    tokens: texts,
    why: text,
    routes: count,
    ageSeconds: z.number(),
    url: text,
    error: text,
    stack: text,
    // The sync.
    directory: z.union([text, texts]),
    leader: text,
    unclean: z.boolean(),
    method: text,
    reason: text,
    name: text,
    dn: text,
    dns: texts,
    count,
    server: text,
    sids: texts,
    unreadable: count,
    absent: count,
    read: count,
    written: count,
    unchanged: count,
    older: count,
    removed: count,
    references: count,
    skipped: count,
    durationMs: count,
    id: text,
    since: text,
    wouldRemove: count,
    of: count,
    missingCanaries: texts,
    entries: texts,
  })
  .partial();

const isOther = new RegExp(`^(?!(?:${[...Object.keys(LINES), "metrics", "penalties lifted"].join("|")})$)`);

const named = Object.entries(LINES).map(([msg, fields]) =>
  z.strictObject({ ...EVERY, msg: z.literal(msg), ...fields }).meta({ title: msg }),
);

/** CloudWatch's embedded metric format. */
const Metrics = z
  .looseObject({ ...EVERY, msg: z.literal("metrics"), _aws: z.looseObject({ Timestamp: count }) })
  .meta({ title: "metrics" });

/** Whose they were stands in as many fields as names were given. */
const PenaltiesLifted = z
  .object({ ...EVERY, msg: z.literal("penalties lifted"), question: text, lifted: count })
  .catchall(text)
  .meta({ title: "penalties lifted" });

const Other = OTHERS.extend({ ...EVERY, msg: z.string().regex(isOther) }).meta({ title: "any other line" });

/** A line of the log, of every part. `docs/log.schema.json` is made of it, and the tests hold every line against it. */
export const LogLine = z.union([...named, Metrics, PenaltiesLifted, Other]);

/** What is wrong with a line of the log; undefined where it is as described. */
export function logLineFault(line: string): string | undefined {
  const json = JSON.parse(line) as { msg?: unknown };
  const schema =
    [...named, Metrics, PenaltiesLifted].find(({ shape }) => shape.msg.value === json.msg) ?? Other;
  const read = schema.safeParse(json);
  return read.success ? undefined : z.prettifyError(read.error);
}
