// Brings what `npm start` and `npm test` need. Runs before any package is there, so it is plain JavaScript for Node 20.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
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
  "libsasl2-modules",
  "mpop",
  "offlineimap3",
  "openssl",
  "buildah",
  "jq",
  // The C library of the machine that these tests do not run on, and what runs its code.
  process.arch === "arm64" ? "libc6-amd64-cross" : "libc6-arm64-cross",
  "qemu-user-static",
  // The local twin of the deployment.
  "nftables",
];

const project = fileURLToPath(new URL("..", import.meta.url));
process.chdir(project);

installModules();
if (process.argv.includes("--test")) installPeers();

function installModules() {
  const lock = "package-lock.json";
  const installed = "node_modules/.package-lock.json";
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log("Installing the packages of package-lock.json ...");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}

function installPeers() {
  const missing = DEBIAN_PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    console.log(`The tests need ${missing.join(", ")}: install them, or those tests fail.`);
    return;
  }
  console.log(`Installing ${missing.join(", ")} ...`);
  const environment = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  run("apt-get", ["-qq", "update"], environment);
  run("apt-get", ["-qq", "install", "-y", "--no-install-recommends", ...missing], environment);
}

function isInstalled(name) {
  const { status, stdout } = spawnSync("dpkg-query", ["-s", name], { encoding: "utf8" });
  return status === 0 && stdout.includes("Status: install ok installed");
}

function run(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, {
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  if (status === 0) return;
  console.error(`${command} ${args.join(" ")} failed${error === undefined ? "" : `: ${error.message}`}`);
  process.exit(1);
}
