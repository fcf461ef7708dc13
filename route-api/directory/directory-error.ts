/** Why a directory could not be used. */
export type DirectoryErrorCode =
  /** No server accepts connections. */
  | "connect"
  /** StartTLS or TLS failed, most often because the certificate could not be verified. */
  | "tls"
  /** The server rejects the bind. */
  | "bind"
  /** The bind identity lacks read access (result 50). */
  | "no-access"
  /** The search base does not exist, or the bind identity cannot see it (result 32). */
  | "no-such-base"
  /** A size or time limit cut the result short (results 3, 4 and 11). */
  | "limit"
  /** The server does not support a critical control, such as RFC 4533 (result 12). */
  | "unsupported"
  /** Syncrepl and full reads would identify the same entry differently: uuidAttribute is wrong. */
  | "identifier"
  /** The server rejects the search for another reason. */
  | "search"
  /** The connection closed, or the server stopped responding. */
  | "closed"
  /** The server sent something that is not valid LDAP. */
  | "protocol"
  /** Too many password checks are queued already. */
  | "busy"
  /** The LDIF file cannot be read. */
  | "file";

export class DirectoryError extends Error {
  readonly code: DirectoryErrorCode;
  constructor(code: DirectoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
