/** Long form of test/e2e/route-api/openapi.test.ts: schemathesis, which knows the description only, asks a running API. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountOf, runApi } from "../e2e/route-api/running-api.ts";
import { makeFolder } from "../support/workspace.ts";

const TOKEN = "every-scope-token";
/** Requests of each kind and operation. */
const EXAMPLES = 200;
/** Long polls wait as they are told to, and no directory answers for passwords here. */
const LEFT_OUT = ["/v1/changes", "/v1/pre-authentications"];

const folder = makeFolder("fuzz-api");
const file = join(folder.path, "token");
writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 });
const api = await runApi("node", {
  entries: [accountOf("alice", { attributes: { cn: ["alice"] } })],
  routeApi: {
    limits: { requestsPerSecond: 1_000_000 },
    tokens: [{ name: "all", file, scopes: ["edge", "support", "admin"] }],
  },
});
// That a name has at most 255 bytes, together with its domain, cannot be said in JSON Schema.
const options = [
  "--exclude-checks",
  "positive_data_acceptance",
  "--max-examples",
  String(EXAMPLES),
  "--phases",
  "coverage,fuzzing",
];
const child = spawn(
  "schemathesis",
  [
    "run",
    `${api.url}/openapi.json`,
    ...["--header", `Authorization: Bearer ${TOKEN}`],
    ...options,
    ...LEFT_OUT.flatMap((path) => ["--exclude-path", path]),
  ],
  { cwd: folder.path, stdio: "inherit" },
);
child.once("error", (error) => console.error(`schemathesis cannot be run: ${error.message}`));
const [code] = (await once(child, "close")) as [number];
await api.stop();
folder.remove();
process.exit(code);
