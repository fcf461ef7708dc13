import { join } from "node:path";
import { buildTarget } from "../../infra/image/build.ts";
import { TARGETS } from "../../infra/image/targets.ts";
import { mmpArguments } from "./proxies/edge.ts";
import type { MailProxy } from "./proxies/proxy.ts";

/** An edge that runs from the executable of the image in place of its source. */
export function compiled(edge: MailProxy, name: string, modes: MailProxy["modes"]): MailProxy {
  let executable: string | undefined;
  return {
    ...edge,
    name,
    modes,
    prepare(workspace) {
      executable ??= executableIn(join(workspace.directory, "image"));
      const prepared = edge.prepare(workspace);
      return { command: [executable, ...mmpArguments(prepared)], beside: prepared.beside };
    },
  };
}

/** Builds the executable for this machine. */
function executableIn(folder: string): string {
  const target = TARGETS.find(({ nodeArch }) => nodeArch === process.arch);
  if (target === undefined) throw new Error(`no image is built for ${process.arch}`);
  return buildTarget(target, folder).executable;
}
