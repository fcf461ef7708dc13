import { open, readFile, rename, rm } from "node:fs/promises";
import { readSnapshot, type SnapshotResult, type SnapshotRoute, snapshotLines } from "./format.ts";

/** Characters that are gathered for one write; other work is done in between. */
const CHUNK_CHARACTERS = 65_536;

/**
 * Writes a snapshot beside the file and then in its place: whoever reads finds the old one or the new one, whole. Only
 * the owner may read it. Gives the number of routes; rejects, and leaves the old one, where it cannot be written.
 */
export async function writeSnapshotFile(
  path: string,
  routes: Iterable<SnapshotRoute>,
  writtenAtMs: number,
): Promise<number> {
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  const file = await open(draft, "wx", 0o600);
  try {
    const lines = snapshotLines(writtenAtMs);
    let chunk = lines.head();
    for (const route of routes) {
      chunk += lines.route(route);
      if (chunk.length < CHUNK_CHARACTERS) continue;
      await file.write(chunk);
      chunk = "";
    }
    await file.write(chunk + lines.foot());
    await file.sync();
    await file.close();
    await rename(draft, path);
    return lines.routes;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

/** Reads the file's snapshot; undefined where there is no file. */
export async function readSnapshotFile(path: string): Promise<SnapshotResult | undefined> {
  try {
    return readSnapshot(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return { ok: false, why: (error as Error).message };
  }
}
