import type { Context } from "hono";
import type { Scope } from "../contract/tokens.ts";

/** Who sent a request, and what they may do. */
export interface Caller {
  name: string;
  scopes: readonly Scope[];
}

/** What every request carries; `caller` is set once its token has been checked. */
export interface ApiEnv {
  Bindings: {
    /** Tells where the request came from, while its client is connected; a function does not know. */
    peer?: () => string | undefined;
    /** The edges of this API must show a client certificate, and this client has not. */
    barsEdges?: boolean;
    /** It came over TLS that ends here. */
    isTls?: boolean;
    /** Who is signed in to the console, on whose behalf it asks: only this process can say so. */
    signedIn?: Caller;
  };
  Variables: {
    requestId: string;
    /** The edge's session that the request is for. */
    sid: string | undefined;
    caller: Caller;
  };
}
export type ApiContext = Context<ApiEnv>;
