import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { buildTarget } from "../../../infra/image/build.ts";
import { USER_ID } from "../../../infra/image/root.ts";
import { TARGETS, type Target } from "../../../infra/image/targets.ts";
import { run } from "../../support/child.ts";
import { cannotEnter } from "../../support/image-root.ts";
import { makeFolder, PROJECT } from "../../support/workspace.ts";

const target = TARGETS.find(({ nodeArch }) => nodeArch === process.arch) as Target;
const BUILDAH = "/usr/bin/buildah";
const obstacle = existsSync(BUILDAH) ? cannotEnter() : `${BUILDAH} is not here`;
const folder = makeFolder("buildah");
afterAll(() => folder.remove());

/** Without a daemon, with a storage of its own. */
async function buildah(...args: string[]): Promise<string> {
  const at = (name: string): string => join(folder.path, name);
  const storage = ["--storage-driver", "vfs", "--root", at("storage"), "--runroot", at("run")];
  const { code, output } = await run(BUILDAH, [...storage, ...args]);
  if (code !== 0) throw new Error(`buildah ${args.join(" ")} ended with ${code}:\n${output}`);
  return output;
}

describe.skipIf(obstacle !== undefined)(`the Dockerfile${obstacle ? `: ${obstacle}` : ""}`, () => {
  test("makes an image that runs mmp as no user of the host, checks its own health, and names its ports", async () => {
    const context = join(folder.path, "context");
    const { archive } = buildTarget(target, join(folder.path, "build"));
    const place = join(context, "dist/image", `${target.arch}.tar`);
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(archive, place);
    for (const name of ["Dockerfile", ".dockerignore"])
      copyFileSync(join(PROJECT, name), join(context, name));

    const how = ["--isolation", "chroot", "--format", "docker", "--platform", `linux/${target.arch}`];
    await buildah("build", ...how, "-t", "mmp:test", context);
    const { Docker } = JSON.parse(await buildah("inspect", "--type", "image", "mmp:test")) as {
      Docker: { architecture: string; config: Record<string, unknown> };
    };
    expect(Docker.architecture).toBe(target.arch);
    expect(Docker.config).toMatchObject({
      User: `${USER_ID}:${USER_ID}`,
      Entrypoint: ["/usr/bin/mmp"],
      Cmd: ["up"],
      StopSignal: "SIGTERM",
      Healthcheck: { Test: ["CMD", "/usr/bin/mmp", "health"] },
      Volumes: { "/var/lib/mmp": {} },
    });
    expect(Object.keys(Docker.config.ExposedPorts as object).sort()).toEqual(
      ["1110/tcp", "1143/tcp", "1993/tcp", "1995/tcp", "8080/tcp"].sort(),
    );

    const container = await buildah("from", "mmp:test");
    const inside = ["run", "--isolation", "chroot", container, "--", "/usr/bin/mmp"];
    expect(await buildah(...inside, "--version")).toMatch(/^\d+\.\d+\.\d+$/);
    // Its volume belongs to its user.
    await expect(buildah(...inside, "up", "--demo", "--data", "/etc/demo")).rejects.toThrow(/EACCES/);
    await expect(buildah(...inside, "health")).rejects.toThrow(/\/etc\/mmp\/mmp\.yaml: cannot be read/);
  });
});
