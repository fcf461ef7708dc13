import { App } from "aws-cdk-lib";
import { formatMistake } from "../bin/config/mistakes.ts";
import { addDeployment } from "./deployment.ts";
import { readDeployment } from "./read-config.ts";
import { addSolutionsRules } from "./solutions-rules.ts";

/** The app that `cdk` runs, for the file that cdk.json names or `-c config=<file>`; `-c image=<digest>` overrides its digest. */
const app = new App();
const file = String(app.node.tryGetContext("config") ?? "infra/example.yaml");
const digest: unknown = app.node.tryGetContext("image");
const read = readDeployment(file, digest === undefined ? {} : { imageDigest: String(digest) });
if (read.ok) {
  addDeployment(app, read.value);
  addSolutionsRules(app);
  app.synth();
} else {
  console.error(read.mistakes.map(formatMistake).join("\n"));
  process.exitCode = 2;
}
