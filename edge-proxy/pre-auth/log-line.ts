import { plainAddress } from "../transport/ip-address.ts";

/** A login whose password the directory has accepted. */
export interface PreAuthentication {
  at: Date;
  /** The session's. */
  sid: string;
  /** With the domain. */
  user: string;
  clientAddress: string;
}

/**
 * The line of the old multiplexor's log, in the machine's time zone as there:
 * `yyyymmdd hhmmss (sid 0x…) user NAME pre-authenticated - client ADDRESS`.
 */
export const preAuthLine = ({ at, sid, user, clientAddress }: PreAuthentication): string =>
  `${dateOf(at)} ${timeOf(at)} (sid ${hexSid(sid)}) user ${oneLine(user)} pre-authenticated - client ${plainAddress(clientAddress)}`;

const dateOf = (at: Date): string =>
  `${String(at.getFullYear()).padStart(4, "0")}${two(at.getMonth() + 1)}${two(at.getDate())}`;

const timeOf = (at: Date): string => `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;

const two = (value: number): string => String(value).padStart(2, "0");

/**
 * A session's id as the number that the old log has there: the process's part, then the count in at least 8 digits. An
 * id of another form is spelled byte by byte behind so many `f` that it cannot equal one of these.
 */
function hexSid(sid: string): string {
  const [, process = "", count = ""] = /^([0-9a-f]{8})-([1-9a-z][0-9a-z]{0,8})$/.exec(sid) ?? [];
  if (process === "") return `0x${"f".repeat(24)}${Buffer.from(sid, "utf8").toString("hex")}`;
  return `0x${process}${Number.parseInt(count, 36).toString(16).padStart(8, "0")}`;
}

/** No character of a name may end the line or move the cursor. */
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "?");
