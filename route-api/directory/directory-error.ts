/** Why a directory could not be read. */
export type DirectoryErrorCode =
  /** No server accepts connections, or names none. */
  | "connect"
  /** StartTLS or TLS failed: most often a certificate that does not check. */
  | "tls"
  /** The server refuses the identity. */
  | "bind"
  /** The identity may not read what is asked for (result 50). */
  | "no-access"
  /** The search base does not exist, or not for the identity (result 32). */
  | "no-such-base"
  /** The server gives only a part of the entries (results 3, 4 and 11). */
  | "limit"
  /** The server cannot do what the search needs, such as RFC 4533 (result 12). */
  | "unsupported"
  /** The server refuses the search for another reason. */
  | "search"
  /** The connection ended, or has been silent for too long. */
  | "closed"
  /** The server says what no LDAP server may. */
  | "protocol"
  /** The LDIF file cannot be read. */
  | "file";

export class DirectoryError extends Error {
  readonly code: DirectoryErrorCode;
  constructor(code: DirectoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
