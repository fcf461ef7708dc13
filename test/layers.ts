/** Checks that imports run one way and in no circle, as docs/architecture.md draws it; exits with 1 and names each that does not. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Folder or file → what of the project it may import beside itself, and which packages. The longest name that fits a file counts. */
const RULES: Record<string, [imports: RegExp, packages: RegExp]> = {
  "edge-proxy/protocol": [/^$/, /^$/],
  "edge-proxy/x509": [/^$/, /^node:crypto$/],
  "edge-proxy/timer-wheel.ts": [/^$/, /^$/],
  "edge-proxy/fifo.ts": [/^$/, /^$/],
  "edge-proxy/siblings.ts": [/^$/, /^$/],
  "edge-proxy/transport": [/^edge-proxy\/x509/, /^(node:|bun$)/],
  "edge-proxy/guard": [
    /^(edge-proxy\/(fifo|siblings|timer-wheel|transport\/ip-address)|route-api\/contract)/,
    /^node:(crypto|net)$/,
  ],
  "edge-proxy/identity": [
    /^(edge-proxy\/(guard|protocol\/octets|transport\/ip-address|x509)|route-api\/contract)/,
    /^node:(crypto|path)$/,
  ],
  "edge-proxy/config": [/^(edge-proxy\/(guard|identity)|route-api\/contract)/, /^(node:net|zod)$/],
  "edge-proxy/api-client": [
    /^(edge-proxy\/(fifo|protocol\/octets|transport|timer-wheel)|route-api\/contract)/,
    /^node:crypto$/,
  ],
  "edge-proxy/routing": [
    /^(edge-proxy\/(api-client|config|identity\/filter-text|siblings|transport|timer-wheel)|route-api\/contract)/,
    /^(node:(crypto|fs\/promises|path)|zod)$/,
  ],
  "edge-proxy/observe": [
    /^(edge-proxy\/(?!session|instances|main)|route-api\/contract)/,
    /^(node:crypto|pino)$/,
  ],
  "edge-proxy/pre-auth": [/^(edge-proxy\/(?!session|instances|main)|route-api\/contract)/, /^(node:|pino$)/],
  "edge-proxy/session": [
    /^(edge-proxy\/(?!instances|main|transport\/(bun|node|runtime))|route-api\/contract)/,
    /^$/,
  ],
  "edge-proxy": [/^(edge-proxy|route-api\/contract)/, /^(node:|pino$)/],
  "route-api/contract": [/^$/, /^zod$/],
  "route-api/config": [/^route-api\/contract/, /^zod$/],
  "route-api/store": [/^route-api\/(contract|config)/, /./],
  "route-api/directory": [/^route-api\/(contract|config|store\/store)/, /./],
  "route-api/sync": [/^route-api\/(contract|config|store|directory)/, /./],
  "route-api/http": [/^route-api/, /./],
  "infra/image": [/^$/, /^node:/],
  "infra/config": [/^((edge-proxy|route-api)\/config|bin\/config)/, /^(node:|yaml$|zod$)/],
  "infra/parts": [/^(infra\/config|bin\/(config|secret-files\/manifest))/, /^(node:|yaml$)/],
  infra: [
    /^(infra|bin\/config|route-api\/store\/dynamodb\/schema)/,
    /^(node:|constructs$|aws-cdk-lib|cdk-nag$)/,
  ],
  "bin/config": [
    /^(edge-proxy\/(config|identity|session\/login-policy|x509)|route-api\/(config|contract)|bin\/failure)/,
    /^(node:|yaml$|zod$)/,
  ],
  bin: [/^(bin|edge-proxy|route-api|package\.json)/, /./],
};
const IMPORT = /^(?:import|export)\b[^;]*?\bfrom "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm;

const files = globSync("{bin,edge-proxy,route-api,infra}/**/*.ts").sort();
const faults: string[] = [];
/** For each folder: what is directly in it → what else directly in it that imports lead to. */
const folders = new Map<string, Map<string, Set<string>>>();
for (const file of files) {
  const room = Object.keys(RULES).filter((name) => `${file}/`.startsWith(`${name}/`));
  const name = room.sort((a, b) => b.length - a.length)[0] ?? "";
  const [imports, packages] = RULES[name] ?? [/^$/, /^$/];
  for (const match of readFileSync(file, "utf8").matchAll(IMPORT)) {
    const wanted = match[1] ?? match[2] ?? match[3] ?? "";
    const target = wanted.startsWith(".") ? normalize(join(dirname(file), wanted)) : undefined;
    if (
      target === undefined ? !packages.test(wanted) : !imports.test(target) && !target.startsWith(`${name}/`)
    )
      faults.push(`${file}: must not import ${target ?? wanted}`);
    if (target !== undefined && existsSync(target)) noteImport(file.split("/"), target.split("/"));
  }
}

/** Notes an import where the two paths part. */
function noteImport(from: string[], to: string[]): void {
  const at = from.findIndex((part, index) => part !== to[index]);
  if (at < 0) return;
  const folder = from.slice(0, at).join("/");
  const here = folders.get(folder) ?? new Map<string, Set<string>>();
  folders.set(folder, here);
  const [source, target] = [from[at] ?? "", to[at] ?? ""];
  here.set(source, (here.get(source) ?? new Set()).add(target));
}

/** A way along imports from `path`'s end back to its beginning; undefined where there is none. */
function circle(imports: Map<string, Set<string>>, path: string[], seen: Set<string>): string[] | undefined {
  for (const next of imports.get(path.at(-1) ?? "") ?? []) {
    if (next === path[0]) return [...path, next];
    if (seen.has(next)) continue;
    seen.add(next);
    const found = circle(imports, [...path, next], seen);
    if (found !== undefined) return found;
  }
  return undefined;
}
for (const [folder, imports] of folders)
  for (const start of imports.keys()) {
    const found = circle(imports, [start], new Set());
    if (found !== undefined && found.toSorted()[0] === found.at(-1))
      faults.push(`${folder === "" ? "the project" : folder}: a circle of imports: ${found.join(" → ")}`);
  }
for (const fault of faults) console.error(fault);
console.log(`${files.length} files, ${faults.length} imports that run the wrong way`);
process.exitCode = faults.length === 0 ? 0 : 1;
