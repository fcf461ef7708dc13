/** Checks that imports run one way, as CONTRIBUTING.md draws it. Exits with 1 and names each import that does not. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

interface Rule {
  /** Files that the rule is for; the first rule that fits a file counts. */
  from: RegExp;
  /** What they may import of the project: paths from its top. */
  mayImport: RegExp;
  /** Packages and node: modules that they may import. */
  mayUse: RegExp;
}

const CONTRACT = String.raw`route-api/contract\.ts$`;

const RULES: readonly Rule[] = [
  { from: /^edge-proxy\/protocol\//, mayImport: /^edge-proxy\/protocol\//, mayUse: /^$/ },
  { from: /^edge-proxy\/x509\//, mayImport: /^edge-proxy\/x509\//, mayUse: /^node:crypto$/ },
  {
    from: /^edge-proxy\/transport\//,
    mayImport: /^edge-proxy\/(transport|x509)\//,
    mayUse: /^(node:|bun$)/,
  },
  {
    from: /^edge-proxy\/routing\//,
    mayImport: new RegExp(
      [
        "^edge-proxy/(routing|config|x509)/",
        String.raw`^edge-proxy/(protocol/octets|transport/(transport|ip-address)|guard/access-rules|timer-wheel)\.ts$`,
        `^${CONTRACT}`,
      ].join("|"),
    ),
    mayUse: /^(node:net|node:crypto|zod)$/,
  },
  {
    from: /^edge-proxy\/(session|login|store-login|relay)\.ts$/,
    mayImport: /^edge-proxy\/(?!transport\/(bun|node|runtime)\.ts|instance\.ts|main\.ts)/,
    mayUse: /^$/,
  },
  {
    from: /^edge-proxy\//,
    mayImport: new RegExp(`^edge-proxy/|^${CONTRACT}`),
    mayUse: /^(node:|zod$|pino$)/,
  },
  { from: new RegExp(`^${CONTRACT}`), mayImport: /^$/, mayUse: /^zod$/ },
  { from: /^route-api\//, mayImport: /^route-api\//, mayUse: /./ },
  { from: /^infra\/image\//, mayImport: /^infra\/image\//, mayUse: /^node:/ },
  {
    from: /^infra\//,
    mayImport:
      /^infra\/(?!image\/)|^(edge-proxy|route-api)\/config\/|^route-api\/store\/dynamodb\/schema\.ts$|^bin\/(mistakes|checked-yaml|config-file|file-checks)\.ts$|^bin\/secret-files\/manifest\.ts$/,
    mayUse: /^(node:|yaml$|zod$|constructs$|aws-cdk-lib|cdk-nag$)/,
  },
  { from: /^bin\//, mayImport: /^(bin|edge-proxy|route-api)\/|^package\.json$/, mayUse: /./ },
];

const IMPORT = /^(?:import|export)\b[^;]*?\bfrom "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm;

const faults: string[] = [];
const files = globSync("{bin,edge-proxy,route-api,infra}/**/*.ts");
for (const file of files) {
  const rule = RULES.find(({ from }) => from.test(file));
  if (rule === undefined) {
    faults.push(`${file}: no rule of test/layers.ts is for it`);
    continue;
  }
  for (const match of readFileSync(file, "utf8").matchAll(IMPORT)) {
    const wanted = match[1] ?? match[2] ?? match[3] ?? "";
    const own = wanted.startsWith(".");
    const target = own ? normalize(join(dirname(file), wanted)) : wanted;
    if (!(own ? rule.mayImport : rule.mayUse).test(target)) faults.push(`${file}: must not import ${target}`);
  }
}
for (const fault of faults) console.error(fault);
console.log(`${files.length} files, ${faults.length} imports that run the wrong way`);
process.exitCode = faults.length === 0 ? 0 : 1;
