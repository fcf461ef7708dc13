import { compiled } from "./compiled.ts";
import { MODES } from "./modes.ts";
import { dovecot } from "./proxies/dovecot.ts";
import { edge, OTHER_PORTS } from "./proxies/edge.ts";
import { haproxy } from "./proxies/haproxy.ts";
import { nginx } from "./proxies/nginx.ts";
import { perdition } from "./proxies/perdition.ts";
import type { MailProxy } from "./proxies/proxy.ts";
import type { Revision } from "./revision.ts";
import { findTool } from "./tools.ts";
import { PROJECT } from "./workspace.ts";

const CHURN = MODES.filter((mode) => mode.startsWith("churn"));
const PLAIN_LOGINS = ["churn-plain", "cold-plain"] as const;
const BULK = MODES.filter((mode) => mode.startsWith("bulk"));

/** The edge of the project as it stands. */
export const presentEdge = (): MailProxy => edge("edge", MODES, PROJECT, {});

export const PROXIES: readonly MailProxy[] = [
  nginx("nginx", MODES, ""),
  nginx("nginx-16k", BULK, "proxy_buffer 16k;"),
  haproxy(),
  dovecot(),
  perdition(),
  presentEdge(),
  // What the image and the packages run.
  compiled(presentEdge(), "edge-binary", PLAIN_LOGINS),
  // nginx asks its auth server at every login, the edge's cache hardly ever: this is the same work.
  edge("edge-nocache", CHURN, PROJECT, { freshSeconds: 0, staleSeconds: 0 }),
];

/** The proxies of these names, or all that are installed; says which are not. */
export function chooseProxies(names: readonly string[] | undefined): MailProxy[] {
  if (names !== undefined) return PROXIES.filter(({ name }) => names.includes(name));
  return PROXIES.filter(({ name, optional, tools }) => {
    const isMissing = optional === true && tools.some((tool) => findTool(tool.name) === undefined);
    if (isMissing) console.error(`${name}: not installed, so not measured`);
    return !isMissing;
  });
}

/** The edge of another revision, as this one is measured, and beside it. */
export const edgeOf = ({ name, project }: Revision): MailProxy => edge(name, MODES, project, {}, OTHER_PORTS);
