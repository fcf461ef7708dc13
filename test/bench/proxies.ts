import { MODES } from "./modes.ts";
import { edge } from "./proxies/edge.ts";
import { haproxy } from "./proxies/haproxy.ts";
import { nginx } from "./proxies/nginx.ts";
import type { MailProxy } from "./proxies/proxy.ts";
import type { Revision } from "./revision.ts";
import { PROJECT } from "./workspace.ts";

const CHURN = MODES.filter((mode) => mode.startsWith("churn"));
const BULK = MODES.filter((mode) => mode.startsWith("bulk"));

export const PROXIES: readonly MailProxy[] = [
  nginx("nginx", MODES, ""),
  nginx("nginx-16k", BULK, "proxy_buffer 16k;"),
  haproxy(),
  edge("edge", MODES, PROJECT, {}),
  // nginx asks its auth server at every login, the edge's cache hardly ever: this is the same work.
  edge("edge-nocache", CHURN, PROJECT, { freshSeconds: 0, staleSeconds: 0 }),
];

/** The edge of another revision, as this one is measured. */
export const edgeOf = ({ name, project }: Revision): MailProxy => edge(name, MODES, project, {});
