import { DeploymentConfig } from "../../infra/config/schema.ts";
import { fieldTable } from "./configuration.ts";

/** What mmp.yaml's reference has already. */
const AS_IN_MMP_YAML = /^(stores|edge|instances|directory)\.|^routeApi\.(jwt|limits)\./;

/** The reference of the deployment's configuration in Markdown, from the schema itself. */
export const deploymentReference = (): string =>
  [
    "# Configuration of a deployment",
    "",
    "One YAML file, that `cdk.json` names, for `cdk deploy`; [deploying](deploy.md) says what to decide. `npm run synth` says what is wrong in it. This page is written by `npm run docs` from the schema.",
    "",
    "`stores`, `edge`, `instances`, `directory`, `routeApi.jwt` and `routeApi.limits` are as in [`mmp.yaml`](configuration.md). A `network` is one of its own or has `vpc`; an `image` has either `repository` or `uri`; a secret has either `file` or `files`. `<name>` is yours.",
    "",
    ...fieldTable(DeploymentConfig, (path) => !AS_IN_MMP_YAML.test(path)),
    "",
  ].join("\n");
