import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take 20 seconds or more on a busy machine, slowest first. */
const LONG = [
  // In the project that runs first.
  "twin/twin",
  "faults/faults",
  "e2e/directory/lease",
  "twin/stall",
  "e2e/store-leg/hostile-store",
  // All others.
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
  "infra/emulation",
  "e2e/client-leg/client-certificates",
  "e2e/support/console",
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
 * Schedules the slowest files of each project first, so that the run does not end with one worker busy and the others
 * idle. Vitest remembers how long each file took in earlier runs; in a fresh clone it has only their sizes to go by.
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
