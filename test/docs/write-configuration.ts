import { readFileSync, writeFileSync } from "node:fs";
import { configurationReference } from "./configuration.ts";
import { deploymentReference } from "./deployment.ts";
import { withRefusalTable } from "./refusals.ts";

const docs = new URL("../../docs/", import.meta.url);
writeFileSync(new URL("configuration.md", docs), configurationReference());
writeFileSync(new URL("deployment-configuration.md", docs), deploymentReference());
const protocols = new URL("protocols.md", docs);
writeFileSync(protocols, withRefusalTable(readFileSync(protocols, "utf8")));
