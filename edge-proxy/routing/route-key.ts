/**
 * The key that a route is cached under: the canonical login name (see `loginName`), in the virtual domain whose own
 * search found it, where there is one. Neither holds a control character, so that no name that a client can type is
 * the key of another's route.
 */
export const routeKey = (login: string, virtualDomain?: string): string =>
  virtualDomain === undefined ? login : `${login}\0${virtualDomain}`;
