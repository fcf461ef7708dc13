import { readFileSync, writeFileSync } from "node:fs";
import { configurationReference } from "./configuration.ts";
import { deploymentReference } from "./deployment.ts";
import { logSchema } from "./log-schema.ts";
import { OUTPUTS, type OutputName, outputSchema } from "./output-schemas.ts";
import { withRefusalTable } from "./refusals.ts";

const docs = new URL("../../docs/", import.meta.url);
writeFileSync(new URL("configuration.md", docs), configurationReference());
writeFileSync(new URL("deployment-configuration.md", docs), deploymentReference());
writeFileSync(new URL("log.schema.json", docs), logSchema());
const protocols = new URL("protocols.md", docs);
writeFileSync(protocols, withRefusalTable(readFileSync(protocols, "utf8")));
for (const name of Object.keys(OUTPUTS) as OutputName[])
  writeFileSync(
    new URL(`schemas/${name}.json`, docs),
    `${JSON.stringify(outputSchema(name, "published"), null, 2)}\n`,
  );
