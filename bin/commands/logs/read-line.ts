import { z } from "zod";

/** What every line of the log has; the rest may be of any version. */
const AnyLine = z.looseObject({ level: z.number(), time: z.number(), msg: z.string().default("") });
export type AnyLine = z.infer<typeof AnyLine>;

/** Which lines are shown: those that fit every field. */
export interface LineFilter {
  sid?: string;
  /** In lower case. */
  account?: string;
  /** Lowest level. */
  level?: number;
}

/** Reads a line of the log; undefined if it is another text. */
export function readLine(text: string): AnyLine | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return AnyLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export const fits = (line: AnyLine, { sid, account, level = 0 }: LineFilter): boolean =>
  line.level >= level &&
  (sid === undefined || line.sid === sid) &&
  (account === undefined || namesOf(line).some((name) => name.toLowerCase() === account));

const Names = z.looseObject({
  account: z.string().optional(),
  login: z.string().optional(),
  authorizationId: z.string().optional(),
  user: z.string().optional(),
  failures: z.array(z.looseObject({ login: z.string().optional() })).optional(),
});

/** Accounts and login names that a line is about. */
function namesOf(line: AnyLine): string[] {
  const { account, login, authorizationId, user, failures = [] } = Names.safeParse(line).data ?? {};
  const names = [account, login, authorizationId, user, ...failures.map((failure) => failure.login)];
  return names.filter((name) => name !== undefined);
}
