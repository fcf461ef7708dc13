import { existsSync } from "node:fs";
import type { Form } from "./form.ts";
import { dovecotProxy } from "./proxies/dovecot.ts";
import { mmp } from "./proxies/mmp.ts";
import { isThere as isNginxThere, nginx } from "./proxies/nginx.ts";
import type { Subject } from "./site.ts";

/** The edge, and the peers that are installed here. */
export function subjects(form: Form): Subject[] {
  return [
    { name: "mmp", proxy: (around) => mmp(around, form.times) },
    ...(isNginxThere()
      ? [{ name: "nginx", proxy: nginx, oracle: "test/faults/proxies/auth-server.ts" } as const]
      : []),
    ...(existsSync("/usr/sbin/dovecot") ? [{ name: "dovecot", proxy: dovecotProxy } as const] : []),
  ];
}
