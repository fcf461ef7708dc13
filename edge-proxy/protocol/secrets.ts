import type { Credentials, StoreCredentials } from "./dialogue.ts";
import { base64Octets, type Octets } from "./octets.ts";
import { plainResponse } from "./sasl.ts";

/** What must not be shown of credentials, in the forms in which they go over the wire. */
export function secretsOf(credentials: Credentials | StoreCredentials): Octets[] {
  switch (credentials.kind) {
    case "external":
      return [];
    case "exchange": {
      const initial = credentials.initial.reveal();
      return [initial, /\bBearer ([\x21-\x7e]+)/i.exec(base64Octets(initial) ?? "")?.[1] ?? ""];
    }
    case "password": {
      const password = credentials.password.reveal();
      return [password, password.replace(/["\\]/g, "\\$&"), plainResponse(credentials)];
    }
    default:
      return credentials satisfies never;
  }
}
