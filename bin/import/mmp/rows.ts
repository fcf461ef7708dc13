import type { Row } from "./row.ts";
import { DIRECTORY_ROWS } from "./rows-directory.ts";
import { LIMIT_ROWS } from "./rows-limits.ts";
import { LOGIN_ROWS } from "./rows-login.ts";
import { TLS_ROWS } from "./rows-tls.ts";

/** Every known parameter, and what becomes of it. */
export const ROWS: readonly Row[] = [...DIRECTORY_ROWS, ...TLS_ROWS, ...LOGIN_ROWS, ...LIMIT_ROWS];
