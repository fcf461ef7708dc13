import { existsSync, globSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildTarget } from "../../../infra/image/build.ts";
import { TARGETS, type Target } from "../../../infra/image/targets.ts";
import { run } from "../../support/child.ts";
import { makeFolder } from "../../support/workspace.ts";

// The machine that these tests do not run on.
const target = TARGETS.find(({ nodeArch }) => nodeArch !== process.arch) as Target;
const EMULATOR = { arm64: "/usr/bin/qemu-aarch64-static", amd64: "/usr/bin/qemu-x86_64-static" }[target.arch];
/** e_machine of ELF files. */
const MACHINE = { amd64: 62, arm64: 183 }[target.arch];
const library = `/usr/${target.triplet}/lib/libc.so.6`;
const hasLibrary = existsSync(library);
const canEmulate = existsSync(EMULATOR);

describe.skipIf(!hasLibrary)(
  `the ${target.arch} image${hasLibrary ? "" : `: ${library} is not here`}`,
  () => {
    const out = makeFolder("image-foreign");
    let image: Built;
    beforeAll(() => {
      image = buildTarget(target, out.path);
    });
    afterAll(() => out.remove());

    test("has only that machine's code in it", () => {
      const programs = ["usr/bin/*", "lib*/*.so*", "lib/*/*.so*"].flatMap((pattern) =>
        globSync(pattern, { cwd: image.root }),
      );
      expect(programs).toContain("usr/bin/mmp");
      expect(programs).toContain(target.loader.slice(1));
      for (const path of programs) expect([path, machineOf(join(image.root, path))]).toEqual([path, MACHINE]);
    });

    const emulated = canEmulate ? "" : `: ${EMULATOR} is not here`;
    test.skipIf(!canEmulate)(`runs by emulation with the libraries of its own root${emulated}`, async () => {
      const mmp = (...args: string[]) => run(EMULATOR, ["-L", image.root, image.executable, ...args]);
      expect((await mmp("--version")).code).toBe(0);
      const { output } = await mmp("check", "--schema");
      expect(JSON.parse(output)).toMatchObject({ properties: { routeStore: {} } });
    });
  },
);

/** The machine that an ELF file is for. */
function machineOf(path: string): number {
  const head = Buffer.alloc(20);
  readSync(openSync(path, "r"), head);
  return head.readUInt16LE(18);
}
