import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take long, with their seconds in a run of the whole suite. */
const SECONDS: Readonly<Record<string, number>> = {
  "test/e2e/run/static-stability.test.ts": 90,
  "test/e2e/session/memory.test.ts": 90,
  "test/e2e/run/instances.test.ts": 85,
  "test/e2e/directory/lease.test.ts": 45,
  "test/e2e/directory/large-directory.test.ts": 60,
  "test/e2e/client-leg/client-certificates.test.ts": 60,
  "test/e2e/route-api/openapi.test.ts": 60,
  "test/e2e/route-store/dynamodb-contract.test.ts": 55,
  "test/infra/deploy-commands.test.ts": 50,
  "test/model/model.test.ts": 40,
  "test/e2e/run/take-over.test.ts": 40,
  "test/e2e/store-leg/hostile-store.test.ts": 39,
  "test/e2e/session/mail-clients.test.ts": 38,
  "test/e2e/route-store/writer-crash.test.ts": 36,
  "test/e2e/store-leg/other-stores.test.ts": 35,
  "test/e2e/route-api/tls.test.ts": 34,
  "test/e2e/session/session-life.test.ts": 33,
  "test/e2e/run/log-loss.test.ts": 32,
  "test/e2e/support/console.test.ts": 31,
  "test/infra/changes.test.ts": 30,
  "test/e2e/routes/route-changes.test.ts": 27,
  "test/e2e/run/watched-files.test.ts": 26,
  "test/infra/cfn-lint.test.ts": 23,
  "test/e2e/client-leg/tls-and-proxy-headers.test.ts": 22,
  "test/e2e/route-store/dynamodb-faults.test.ts": 22,
  "test/e2e/client-leg/hostile-client.test.ts": 21,
  "test/e2e/directory/sync-command.test.ts": 21,
  "test/e2e/run/clock.test.ts": 20,
  "test/infra/emulation.test.ts": 20,
};

/**
 * Starts the longest files of a project first, so that no worker is left alone with one at the end. Vitest itself knows
 * how long a file takes where it has run before; a fresh clone would begin with those that have the most text.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const seconds = ({ moduleId }: TestSpecification): number => SECONDS[relative(root, moduleId)] ?? 0;
    const projects = new Map<string, TestSpecification[]>();
    for (const file of await super.sort(files)) {
      const { name } = file.project;
      projects.set(name, [...(projects.get(name) ?? []), file]);
    }
    return [...projects.values()].flatMap((project) => project.sort((a, b) => seconds(b) - seconds(a)));
  }
}
