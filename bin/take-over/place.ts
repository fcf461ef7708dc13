import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { Failure } from "../failure.ts";

/** What identifies an edge among those of a host. */
export interface EdgePlace {
  /** Its configuration file. */
  config: string;
  /** The only instance that it runs. */
  instance?: string | undefined;
  /** Where its folder is; by default `mmp-UID` in the folder for temporary files. */
  runFolder?: string | undefined;
}

/** Long enough to tell edges apart; the path of a socket must be short. */
const NAME_CHARACTERS = 12;

/** Path of the socket at which a running edge takes requests, in a folder of its own. */
export function socketPath({ config, instance, runFolder = defaultRunFolder() }: EdgePlace): string {
  const identity = createHash("sha256")
    .update(`${resolved(config)}\0${instance ?? ""}`)
    .digest("hex");
  return join(runFolder, `edge-${identity.slice(0, NAME_CHARACTERS)}`, "socket");
}

/**
 * Makes a folder that only this user can enter, and the one above it. Throws a Failure if somebody else may write there:
 * they could put another socket in place.
 */
export function makeOwnFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const mine = userInfo().uid;
  for (const folder of [dirname(path), path]) {
    const stat = lstatSync(folder);
    const isSafe = stat.isDirectory() && (stat.uid === mine || stat.uid === 0) && (stat.mode & 0o022) === 0;
    if (!isSafe) throw new Failure(`${folder} must be a folder in which nobody else may write`);
  }
}

const defaultRunFolder = (): string => join(tmpdir(), `mmp-${userInfo().uid}`);

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
