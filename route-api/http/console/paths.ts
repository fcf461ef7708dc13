/** Where the console is, below the route API. */
export const CONSOLE_PATH = "/console";
export const SIGN_IN_PATH = `${CONSOLE_PATH}/sign-in`;
/** The events that keep a page current: of the user `login`, or of a `trace`. */
export const LIVE_PATH = `${CONSOLE_PATH}/live`;

export const userPage = (login: string): string => `${CONSOLE_PATH}/users/${encodeURIComponent(login)}`;

export const tracePagePath = (id: string): string => `${CONSOLE_PATH}/traces/${encodeURIComponent(id)}`;

/** A page with a query; fields without a value are left out. */
export function pathWith(path: string, fields: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== "") query.set(name, value);
  return query.size === 0 ? path : `${path}?${query}`;
}

/** The form of an action on a target. */
export const actionPage = (action: string, target: string): string =>
  pathWith(`${CONSOLE_PATH}/actions/${action}`, { target });
