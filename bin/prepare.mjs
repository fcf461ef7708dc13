// Brings what `npm start` (--run), `npm test` (--test) and the other scripts need. Runs before any package is there, so it is plain JavaScript for Node 20.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The peers that the tests talk to, as Debian names them. */
const DEBIAN_PACKAGES = [
  "curl",
  "dovecot-imapd",
  "dovecot-pop3d",
  "slapd",
  "ldap-utils",
  "fetchmail",
  "getmail6",
  "haproxy",
  "iproute2",
  "isync",
  "libfaketime",
  "libsasl2-modules",
  "mpop",
  "neomutt",
  "offlineimap3",
  "openssl",
  "buildah",
  "chromium",
  "jq",
  // The C library of the machine that these tests do not run on, and what runs its code.
  process.arch === "arm64" ? "libc6-amd64-cross" : "libc6-arm64-cross",
  "qemu-user-static",
  "systemd",
  // Shells whose completions are tried.
  "fish",
  "zsh",
  // The local twin of the deployment.
  "nftables",
];

/** Mail stores whose packages refuse to be installed beside Dovecot, and a directory that would bring forty: unpacked into a folder each. */
const UNPACKED_STORES = {
  cyrus: ["cyrus-imapd", "cyrus-pop3d", "sasl2-bin"],
  courier: ["courier-imap", "courier-pop", "courier-authlib-userdb"],
  "389-ds": ["389-ds-base"],
};
/** The smallest package that is the mail transfer agent on which they depend. */
const MAIL_TRANSFER_AGENT = "msmtp-mta";

/** One program of a package that would bring a service and users with it. */
const UNPACKED_TOOLS = { promtool: { package: "prometheus", path: "./usr/bin/promtool" } };

const project = fileURLToPath(new URL("..", import.meta.url));
process.chdir(project);

// npm's registry and Debian's need not wait for each other. If one fails, the other still ends: an interrupted apt-get
// would keep its lock.
const kinds = process.argv.includes("--run") ? ["dependencies"] : ["dependencies", "devDependencies"];
const results = await Promise.allSettled([
  installModules(kinds),
  ...(process.argv.includes("--test") ? [bringPeers()] : []),
]);
for (const { reason } of results) if (reason !== undefined) console.error(reason.message);
if (results.some(({ status }) => status === "rejected")) process.exit(1);

/** Installs the packages of these kinds, unless that has been done since they last changed. */
async function installModules(kinds) {
  const lock = "package-lock.json";
  const installed = "node_modules/.package-lock.json";
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const names = kinds.flatMap((kind) => Object.keys(manifest[kind]));
  const isThere = names.every((name) => existsSync(join("node_modules", name, "package.json")));
  if (isThere && existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log("Installing the packages of package-lock.json ...");
  // What is there of the others stays there.
  const isWhole = Object.keys(manifest.devDependencies).every((name) =>
    existsSync(join("node_modules", name)),
  );
  const omitted = isWhole || kinds.includes("devDependencies") ? [] : ["--omit=dev"];
  await run("npm", ["ci", ...omitted, "--no-audit", "--no-fund", "--loglevel=error"]);
}

/** Brings the programs that the tests run beside the project. */
async function bringPeers() {
  await installPeers();
  for (const [name, packages] of Object.entries(UNPACKED_STORES)) unpackStore(name, packages);
  for (const [name, tool] of Object.entries(UNPACKED_TOOLS)) unpackTool(name, tool);
}

async function installPeers() {
  const missing = DEBIAN_PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    console.log(`The tests need ${missing.join(", ")}: install them, or those tests fail.`);
    return;
  }
  console.log(`Installing ${missing.join(", ")} ...`);
  const environment = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  await run("apt-get", ["-qq", "update"], environment);
  await run("apt-get", ["-qq", "install", "-y", "--no-install-recommends", ...missing], environment);
}

/** Downloads packages with whatever they need that is not installed, and unpacks all of it into test/.cache/stores. */
function unpackStore(name, packages) {
  const folder = join("test/.cache/stores", name);
  if (existsSync(folder)) return;
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(join(unfinished, "packages/partial"), { recursive: true });
  const archives = resolve(unfinished, "packages");
  const options = ["Debug::NoLocking=1", "APT::Sandbox::User=", `Dir::Cache::archives=${archives}`];
  const download = () =>
    succeeds("apt-get", [
      ...["-qq", "-y", "--no-install-recommends", "--download-only"],
      ...options.flatMap((option) => ["-o", option]),
      ...["install", ...packages, MAIL_TRANSFER_AGENT],
    ]);
  // Without root, the lists of packages have to do as they are.
  const isDone = download() || (succeeds("apt-get", ["-qq", "update"]) && download());
  const files = readdirSync(archives).filter((file) => file.endsWith(".deb"));
  if (!isDone || !files.every((file) => succeeds("dpkg", ["-x", join(archives, file), unfinished]))) {
    console.log(`${packages.join(", ")} cannot be downloaded: the tests with ${name} are skipped.`);
    rmSync(unfinished, { recursive: true });
    return;
  }
  rmSync(archives, { recursive: true });
  renameSync(unfinished, folder);
}

/** Downloads a package alone, and unpacks one file of it as test/.cache/tools/<name>. */
function unpackTool(name, { package: debianPackage, path }) {
  const file = resolve("test/.cache/tools", name);
  if (existsSync(file)) return;
  const unfinished = `${file}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const here = { cwd: unfinished };
  const download = () => succeeds("apt-get", ["-qq", "download", debianPackage], here);
  const unpack = () =>
    succeeds("sh", ["-c", 'dpkg-deb --fsys-tarfile ./*.deb | tar -xf - "$1"', "sh", path], here);
  const isDone = (download() || (succeeds("apt-get", ["-qq", "update"]) && download())) && unpack();
  if (isDone) renameSync(join(unfinished, path), file);
  else console.log(`${name} cannot be downloaded: the tests with it are skipped.`);
  rmSync(unfinished, { recursive: true });
}

function succeeds(command, args, options = {}) {
  return spawnSync(command, args, { stdio: "ignore", ...options }).status === 0;
}

function isInstalled(name) {
  const { status, stdout } = spawnSync("dpkg-query", ["-s", name], { encoding: "utf8" });
  return status === 0 && stdout.includes("Status: install ok installed");
}

async function run(command, args, environment = {}) {
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, ...environment } });
  const fault = await new Promise((resolve) => {
    child.on("error", (error) => resolve(`: ${error.message}`));
    child.on("exit", (status) => resolve(status === 0 ? undefined : ""));
  });
  if (fault !== undefined) throw new Error(`${command} ${args.join(" ")} failed${fault}`);
}
