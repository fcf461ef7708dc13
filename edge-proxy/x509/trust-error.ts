/** A trust that cannot be used; the message says which part, and why. */
export class TrustError extends Error {
  readonly part: "ca" | "crl";

  constructor(part: "ca" | "crl", message: string) {
    super(message);
    this.part = part;
  }
}
