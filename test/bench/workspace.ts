import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { toolPath } from "./tools.ts";

export const PROJECT = resolve(import.meta.dirname, "../..");
const NATIVE = join(import.meta.dirname, "native");
const PROGRAMS = ["load", "store", "route"] as const;

/** Files that a run makes and uses. */
export interface Workspace {
  directory: string;
  /** Paths of the three C programs. */
  programs: Record<(typeof PROGRAMS)[number], string>;
  /** Leaf and intermediate, as a public CA would issue them. */
  certFile: string;
  keyFile: string;
  /** Both in one file, as HAProxy wants them. */
  pemFile: string;
  /** Open files a process may have. */
  fileLimit: number;
}

/** Builds the C programs and makes the certificates in test/.cache/bench. */
export function prepareWorkspace(): Workspace {
  const directory = join(PROJECT, "test/.cache/bench");
  mkdirSync(directory, { recursive: true });
  const [load, store, route] = PROGRAMS.map((name) => buildProgram(name, directory));
  if (!load || !store || !route) throw new Error("a program was not built");
  return {
    directory,
    programs: { load, store, route },
    ...makeCertificates(directory),
    fileLimit: fileLimit(),
  };
}

/** Compiles native/NAME into a folder; gives its path. */
export function buildProgram(name: string, directory: string): string {
  const output = join(directory, name);
  const sources = `${NATIVE}/${name}/*.c ${NATIVE}/loopback.c`;
  const command = `gcc -O2 -Wall -Wextra -o ${output} ${sources} -lssl -lcrypto`;
  execFileSync("sh", ["-c", command], { stdio: ["ignore", "inherit", "inherit"] });
  return output;
}

/**
 * A leaf under an intermediate: with a leaf alone, some servers would search for a chain at every handshake.
 * P-256, because RSA would hide all differences behind the signature.
 */
function makeCertificates(directory: string): Pick<Workspace, "certFile" | "keyFile" | "pemFile"> {
  const openssl = (...options: string[]) =>
    execFileSync(toolPath("openssl"), options, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const sign = ["-CAcreateserial", "-days", "3650", "-extfile"];
  writeFileSync(join(directory, "intermediate.ext"), "basicConstraints=critical,CA:TRUE\n");
  writeFileSync(join(directory, "leaf.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "root.key",
    "-out",
    "root.crt",
    "-days",
    "3650",
    "-subj",
    "/CN=bench root",
  );
  openssl(
    "req",
    ...newKey,
    "-keyout",
    "intermediate.key",
    "-out",
    "intermediate.csr",
    "-subj",
    "/CN=bench intermediate",
  );
  openssl(
    "x509",
    "-req",
    "-in",
    "intermediate.csr",
    "-CA",
    "root.crt",
    "-CAkey",
    "root.key",
    ...sign,
    "intermediate.ext",
    "-out",
    "intermediate.crt",
  );
  openssl("req", ...newKey, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=localhost");
  openssl(
    "x509",
    "-req",
    "-in",
    "leaf.csr",
    "-CA",
    "intermediate.crt",
    "-CAkey",
    "intermediate.key",
    ...sign,
    "leaf.ext",
    "-out",
    "leaf.crt",
  );

  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  const files = {
    certFile: join(directory, "chain.crt"),
    keyFile: join(directory, "leaf.key"),
    pemFile: join(directory, "chain.pem"),
  };
  writeFileSync(files.certFile, read("leaf.crt") + read("intermediate.crt"));
  writeFileSync(files.pemFile, read("chain.crt") + read("leaf.key"));
  return files;
}

/** The hard limit of open files; each child gets it as its soft limit. */
function fileLimit(): number {
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
  if (hard === undefined) throw new Error("/proc/self/limits has no number of open files");
  return Number(hard);
}
