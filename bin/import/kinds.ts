/** The configurations that can be imported. */
export const KINDS = ["mmp", "perdition", "nginx", "dovecot"] as const;
export type Kind = (typeof KINDS)[number];

export interface ImportOptions {
  from?: Kind;
  out: string;
  force?: true;
}
