import { createHmac } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort, makeFolder } from "../workspace.ts";
import type { DovecotExtras } from "./dovecot.ts";

export const MASTER = { user: "mmpstore", password: "master secret" };

export interface Extras extends DovecotExtras {
  /** A token that the store takes for the user. */
  token(user: string): string;
  remove(): void;
}

/**
 * A Dovecot that trusts the edge: master user, tokens checked with a key of its own, ports behind PROXY headers, and
 * logs that name the client whom ID, XCLIENT or the header told.
 */
export async function dovecotExtras(): Promise<Extras> {
  const folder = makeFolder("dovecot-extras");
  chmodSync(folder.path, 0o755);
  const write = (name: string, text: string): string => {
    const file = join(folder.path, name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, text, { mode: 0o644 });
    return file;
  };
  const key = "a key that only the tests know";
  write("keys/default/HS256/default", Buffer.from(key).toString("base64"));
  const masters = write("masters", `${MASTER.user}:{PLAIN}${MASTER.password}\n`);
  const oauth = write(
    "oauth2.conf",
    `introspection_mode = local
local_validation_key_dict = fs:posix:prefix=${folder.path}/keys/
username_attribute = sub
`,
  );
  return {
    imapPort: await freePort(),
    imapsPort: await freePort(),
    pop3Port: await freePort(),
    settings: `
auth_mechanisms = plain login scram-sha-1 scram-sha-256 oauthbearer xoauth2
auth_verbose = yes
login_trusted_networks = 127.0.0.0/8
haproxy_trusted_networks = 127.0.0.0/8
login_log_format_elements = user=<%u> method=%m rip=%r rport=%b session=<%{session}>
passdb {
  driver = passwd-file
  master = yes
  args = username_format=%u ${masters}
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${oauth}
}
`,
    token: (user) => jsonWebToken({ sub: user, scope: "mail" }, key),
    remove: () => folder.remove(),
  };
}

/** RFC 7515 with HS256. */
function jsonWebToken(claims: Record<string, unknown>, key: string): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const body = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ iat: now, nbf: now, exp: now + 600, ...claims })}`;
  return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
}
