/** Checks that imports run one way and in no cycle, as docs/architecture.md draws it; names each that does not, and exits with 1. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const TOOLS = "edge-proxy/fifo.ts edge-proxy/siblings.ts edge-proxy/timer-wheel.ts";
const EDGE = "edge-proxy route-api/contract !edge-proxy/main.ts !edge-proxy/instances";
/** Folder or file → what it may import beside its own: files, folders and packages, less those behind `!`. The first that fits counts. */
const RULES: Record<string, string> = {
  "edge-proxy/protocol": "",
  "edge-proxy/x509": "node:crypto",
  ...Object.fromEntries(TOOLS.split(" ").map((tool) => [tool, ""])),
  "edge-proxy/transport":
    "edge-proxy/x509 route-api/contract/cipher-suites.ts route-api/contract/host-names.ts route-api/contract/secret.ts node: bun",
  "edge-proxy/guard": `${TOOLS} edge-proxy/transport/ip-address.ts route-api/contract node:crypto node:net`,
  "edge-proxy/identity":
    "edge-proxy/guard edge-proxy/protocol/octets.ts edge-proxy/transport/ip-address.ts edge-proxy/x509 route-api/contract node:crypto node:path",
  "edge-proxy/config": "edge-proxy/guard edge-proxy/identity route-api/contract node:net zod",
  "edge-proxy/api-client": `${TOOLS} edge-proxy/protocol/octets.ts edge-proxy/transport route-api/contract node:crypto`,
  "edge-proxy/routing": `${TOOLS} edge-proxy/api-client edge-proxy/config edge-proxy/identity/filter-text.ts edge-proxy/transport route-api/contract node:crypto node:fs/promises node:path zod`,
  "edge-proxy/observe": `${EDGE} !edge-proxy/session node:crypto node:os pino`,
  "edge-proxy/pre-auth": `${EDGE} !edge-proxy/session node: pino`,
  "edge-proxy/session": `${EDGE} !edge-proxy/transport/bun.ts !edge-proxy/transport/node.ts !edge-proxy/transport/runtime.ts`,
  "edge-proxy": "route-api/contract node: pino",
  "route-api/contract": "zod",
  "route-api/config": "route-api/contract zod",
  "route-api/store": "route-api/contract route-api/config *",
  "route-api/directory": "route-api/contract route-api/config route-api/store/store.ts *",
  "route-api/sync":
    "route-api/contract route-api/config route-api/store/keys.ts route-api/store/store.ts route-api/store/write-number.ts route-api/directory *",
  "route-api/http": "route-api *",
  "infra/image": "node:",
  "infra/config": "edge-proxy/config edge-proxy/guard/network.ts route-api/config bin/config node: yaml zod",
  "infra/parts": "infra/config bin/config bin/secret-files/manifest.ts node: yaml",
  infra:
    "bin/config route-api/store/keys.ts route-api/store/dynamodb/schema.ts node: constructs aws-cdk-lib cdk-nag",
  "bin/config":
    "edge-proxy/config edge-proxy/identity edge-proxy/session/login-policy.ts edge-proxy/transport/ticket-keys.ts edge-proxy/x509 route-api/config route-api/contract bin/failure.ts node: yaml zod",
  bin: "edge-proxy route-api package.json *",
};
const IMPORT = /(?:^(?:import|export)\b[^;"]*\bfrom |^import |\bimport\()"([^"]+)"/gm;
const covers = (name: string, path: string): boolean => `${path}/`.startsWith(name.replace(/[^:]$/, "$&/"));

const faults: string[] = [];
/** Each import as the folder where its two paths part sees it. */
const imports: [folder: string, from: string, to: string][] = [];
const files = globSync("{bin,edge-proxy,route-api,infra}/**/*.ts").sort();
for (const file of files) {
  const [room, rule] = Object.entries(RULES).find(([name]) => covers(name, file)) ?? [file, ""];
  const allowed = [room, ...(rule.match(/\S+/g) ?? [])];
  for (const [, wanted = ""] of readFileSync(file, "utf8").matchAll(IMPORT)) {
    const isOwn = wanted.startsWith(".");
    const target = isOwn ? join(dirname(file), wanted) : wanted;
    const fits = (name: string): boolean => (name === "*" ? !isOwn : covers(name, target));
    if (!allowed.some(fits) || allowed.some((name) => name.startsWith("!") && fits(name.slice(1))))
      faults.push(`${file}: must not import ${target}`);
    if (!isOwn) continue;
    const [from, to] = [file.split("/"), target.split("/")];
    const parting = from.findIndex((part, index) => part !== to[index]);
    imports.push([from.slice(0, parting).join("/"), from[parting] ?? "", to[parting] ?? ""]);
  }
}

/** The way along imports from the end of `path` back to its beginning. */
function cycle(inside: typeof imports, path: string[], seen: Set<string>): string[] | undefined {
  for (const [, , to] of inside.filter(([, from]) => from === path.at(-1))) {
    if (to === path[0]) return [...path, to];
    const found = seen.has(to) ? undefined : cycle(inside, [...path, to], seen.add(to));
    if (found !== undefined) return found;
  }
}
for (const [folder, inside] of Map.groupBy(imports, ([folder]) => folder))
  for (const start of new Set(inside.map(([, from]) => from))) {
    const found = cycle(inside, [start], new Set());
    if (found?.toSorted()[0] === start) faults.push(`${folder}/: a cycle of imports: ${found.join(" → ")}`);
  }
console.log([...faults, `${files.length} files, ${faults.length} imports that run the wrong way`].join("\n"));
process.exitCode = faults.length === 0 ? 0 : 1;
