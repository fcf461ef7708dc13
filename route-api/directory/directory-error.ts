/** Why a directory could not be read. */
export type DirectoryErrorCode = "connect" | "tls" | "bind" | "no-such-base" | "search" | "file";

export class DirectoryError extends Error {
  readonly code: DirectoryErrorCode;
  constructor(code: DirectoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
