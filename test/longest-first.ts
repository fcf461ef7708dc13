import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take 20 seconds and more on a busy machine, the longest first. */
const LONG = [
  "e2e/session/memory",
  "e2e/run/instances",
  "e2e/route-store/dynamodb-contract",
  "infra/deploy-commands",
  "e2e/run/static-stability",
  "e2e/run/take-over",
  "e2e/route-api/openapi",
  "infra/cfn-lint",
  "infra/changes",
  "model/model",
  "e2e/route-api/tls",
  "e2e/session/mail-clients",
  "e2e/route-store/writer-crash",
  "e2e/directory/large-directory",
  "e2e/directory/lease",
  "infra/emulation",
  "e2e/client-leg/client-certificates",
  "e2e/support/console",
  "e2e/store-leg/hostile-store",
  "e2e/session/session-life",
  "e2e/store-leg/other-stores",
  "e2e/routes/route-changes",
  "e2e/support/agents-machine",
  "e2e/route-store/dynamodb-faults",
  "e2e/run/log-loss",
  "e2e/image/image-arm64",
  "e2e/session/mail-programs",
  "e2e/support/move",
  "e2e/run/watched-files",
  "e2e/image/image-container",
  "e2e/directory/sync-command",
  "e2e/session/large-message",
  "e2e/routes/route-faults",
  "e2e/store-leg/authorization-id",
  "e2e/directory/server-behind-dynamodb",
  "e2e/directory/tls",
].map((name) => `test/${name}.test.ts`);

/**
 * Starts the longest files of a project first, so that no worker is left alone with one at the end. Vitest itself knows
 * how long a file takes where it has run before; a fresh clone would begin with those that have the most text.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = LONG.indexOf(relative(root, moduleId));
      return index < 0 ? LONG.length : index;
    };
    const projects = new Map<string, TestSpecification[]>();
    for (const file of await super.sort(files)) {
      const { name } = file.project;
      projects.set(name, [...(projects.get(name) ?? []), file]);
    }
    return [...projects.values()].flatMap((project) => project.sort((a, b) => rank(a) - rank(b)));
  }
}
