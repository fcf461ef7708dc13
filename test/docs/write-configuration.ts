import { readFileSync, writeFileSync } from "node:fs";
import { configurationReference } from "./configuration.ts";
import { deploymentReference } from "./deployment.ts";
import { logSchema } from "./log-schema.ts";
import { withRefusalTable } from "./refusals.ts";

const docs = new URL("../../docs/", import.meta.url);
writeFileSync(new URL("configuration.md", docs), configurationReference());
writeFileSync(new URL("deployment-configuration.md", docs), deploymentReference());
writeFileSync(new URL("log.schema.json", docs), logSchema());
const protocols = new URL("protocols.md", docs);
writeFileSync(protocols, withRefusalTable(readFileSync(protocols, "utf8")));
