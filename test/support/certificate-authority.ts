import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Certificate and key in PEM, as files. */
export interface IssuedCertificate {
  certFile: string;
  keyFile: string;
}

export interface IssueOptions {
  /** Lines of openssl's extension section; by default a client's. */
  extensions?: readonly string[];
  /** Of validity, as `20250101000000Z`. */
  from?: string;
  until?: string;
  subject?: string;
  /** What `openssl req -newkey` takes; P-256 by default. */
  newKey?: readonly string[];
  /** Whose key it has, in place of a new one. */
  keyOf?: IssuedCertificate;
  /** More arguments of `openssl ca`. */
  sign?: readonly string[];
}

/** A CA of a test, run by openssl. */
export interface CertificateAuthority extends IssuedCertificate {
  issue(name: string, options?: IssueOptions): IssuedCertificate;
  revoke(certificate: IssuedCertificate): void;
  /** A revocation list in PEM; `times` are last and next update, by default now and in ten days. */
  revocations(times?: readonly [string, string], extensions?: readonly string[]): string;
  /** A CA below this one. */
  below(name: string, options?: IssueOptions): CertificateAuthority;
}

export const CLIENT = ["basicConstraints=CA:false", "extendedKeyUsage=clientAuth"] as const;
export const SERVER = ["basicConstraints=CA:false", "extendedKeyUsage=serverAuth"] as const;
export const CA = ["basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign"] as const;
/** Times that are past, and far ahead. */
export const PAST = "20250101000000Z";
export const LESS_PAST = "20250201000000Z";
export const AHEAD = "20900101000000Z";
export const FAR_AHEAD = "20991231000000Z";

const P256 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] as const;

const openssl = (folder: string, args: readonly string[]): Buffer =>
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });

/** Makes a root CA in the folder. */
export function makeAuthority(
  folder: string,
  name: string,
  options: IssueOptions = {},
): CertificateAuthority {
  const files = filesOf(folder, name);
  const config = join(folder, `${name}.req.cnf`);
  writeFileSync(
    config,
    `[req]\ndistinguished_name=dn\nstring_mask=nombstr\n[dn]\n[x]\n${(options.extensions ?? CA).join("\n")}\n`,
  );
  const subject = options.subject ?? `/O=Example/CN=${name}`;
  const key = ["-newkey", ...(options.newKey ?? P256), "-nodes", "-keyout", files.keyFile];
  const self = ["-x509", "-days", "30", "-config", config, "-extensions", "x", "-out", files.certFile];
  openssl(folder, ["req", ...self, ...key, "-subj", subject, ...(options.sign ?? [])]);
  return authority(folder, name, files);
}

const filesOf = (folder: string, name: string): IssuedCertificate => ({
  certFile: join(folder, `${name}.crt`),
  keyFile: join(folder, `${name}.key`),
});

const settings = (base: string, files: IssuedCertificate, section: readonly string[]): string =>
  [
    "[ca]",
    "default_ca=it",
    "[it]",
    `database=${base}/index`,
    `serial=${base}/serial`,
    `crlnumber=${base}/crlnumber`,
    `new_certs_dir=${base}`,
    `certificate=${files.certFile}`,
    `private_key=${files.keyFile}`,
    "default_md=sha256",
    "default_crl_days=10",
    "unique_subject=no",
    "policy=any",
    "[any]",
    "commonName=optional",
    "organizationName=optional",
    "emailAddress=optional",
    "[x]",
    ...section,
    "",
  ].join("\n");

function authority(folder: string, name: string, files: IssuedCertificate): CertificateAuthority {
  const base = join(folder, `${name}.ca`);
  const run = (section: readonly string[], args: readonly string[]): void => {
    if (!existsSync(base)) {
      mkdirSync(base);
      writeFileSync(join(base, "index"), "");
      for (const counter of ["serial", "crlnumber"]) writeFileSync(join(base, counter), "1000\n");
    }
    const config = join(base, "openssl.cnf");
    writeFileSync(config, settings(base, files, section));
    openssl(folder, ["ca", "-batch", "-config", config, ...args]);
  };
  const issue = (leaf: string, options: IssueOptions = {}): IssuedCertificate => {
    const made = filesOf(folder, leaf);
    const request = join(folder, `${leaf}.csr`);
    if (options.keyOf !== undefined) copyFileSync(options.keyOf.keyFile, made.keyFile);
    const key =
      options.keyOf === undefined
        ? ["-newkey", ...(options.newKey ?? P256), "-nodes", "-keyout", made.keyFile]
        : ["-key", made.keyFile];
    openssl(folder, ["req", "-new", ...key, "-subj", options.subject ?? `/CN=${leaf}`, "-out", request]);
    const times = ["-startdate", options.from ?? PAST, "-enddate", options.until ?? FAR_AHEAD];
    const output = ["-notext", "-extensions", "x", "-in", request, "-out", made.certFile];
    run(options.extensions ?? CLIENT, [...output, ...times, ...(options.sign ?? [])]);
    return made;
  };
  return {
    ...files,
    issue,
    revoke: ({ certFile }) => run([], ["-revoke", certFile]),
    revocations(times, extensions = []) {
      const file = join(base, "list.crl");
      const [last = "", next = ""] = times ?? [];
      const updates = times === undefined ? [] : ["-crl_lastupdate", last, "-crl_nextupdate", next];
      run(extensions, ["-gencrl", "-out", file, "-crlexts", "x", ...updates]);
      return readFileSync(file, "utf8");
    },
    below: (lower, options = {}) =>
      authority(
        folder,
        lower,
        issue(lower, { extensions: CA, subject: `/O=Example/CN=${lower}`, ...options }),
      ),
  };
}
