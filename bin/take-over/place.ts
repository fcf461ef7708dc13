import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
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

/** Makes a folder that only this user can enter. Throws a Failure if somebody else may write there. */
export function makeOwnFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(path);
  const isOwn = lstatSync(path).isDirectory() && uid === userInfo().uid && (mode & 0o022) === 0;
  if (!isOwn) throw new Failure(`${path} must be a folder that belongs to ${userInfo().username} alone`);
}

const defaultRunFolder = (): string => join(tmpdir(), `mmp-${userInfo().uid}`);

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
