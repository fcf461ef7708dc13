/** What a listener is if its configuration does not say. Apart from the schema, which takes its time to load. */
export const LISTENER_DEFAULTS = { address: "::", tls: "none", proxyProtocol: "none" } as const;
