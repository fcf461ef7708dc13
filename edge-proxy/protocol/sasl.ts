import type { Credentials, StoreCredentials } from "./dialogue.ts";
import { base64Octets, type Octets, octetsBase64, SecretOctets } from "./octets.ts";

/** What a server-side mechanism does next (RFC 4422). Messages are octets, not base64. */
export type SaslStep =
  | { next: "challenge"; message: Octets }
  | { next: "credentials"; credentials: Credentials }
  | { next: "malformed" };

/** One run of a mechanism: fed with the initial response (or undefined), then with each response. */
export type SaslServer = (response: Octets | undefined) => SaslStep;

const malformed: SaslStep = { next: "malformed" };
const challenge = (message: Octets): SaslStep => ({ next: "challenge", message });

/** RFC 4616: [authzid] NUL authcid NUL passwd. Acting for another user is refused. */
function plain(response: Octets | undefined): SaslStep {
  if (response === undefined) return challenge("");
  const parts = response.split("\0");
  const [authzid, authcid, password] = parts;
  if (parts.length !== 3 || authzid === undefined || !authcid || !password) return malformed;
  if (authzid !== "" && authzid !== authcid) return malformed;
  return passwordStep("PLAIN", authcid, password);
}

/** The client's message of PLAIN, in base64. */
export const plainResponse = ({
  authorizationId = "",
  user,
  password,
}: StoreCredentials & { kind: "password" }): string =>
  octetsBase64(`${authorizationId}\0${user}\0${password.reveal()}`);

const passwordStep = (mechanism: string, user: Octets, password: Octets): SaslStep => ({
  next: "credentials",
  credentials: { kind: "password", mechanism, user, password: new SecretOctets(password) },
});

/** draft-murchison-sasl-login: user name, then password; an initial response is the user name. */
function login(): SaslServer {
  let user: Octets | undefined;
  return (response) => {
    if (response === undefined) return challenge("Username:");
    if (user === undefined) {
      if (response === "") return malformed;
      user = response;
      return challenge("Password:");
    }
    return response === "" ? malformed : passwordStep("LOGIN", user, response);
  };
}

/** RFC 4422 appendix A: the response is the authorisation id, empty for the certificate's own. */
function external(response: Octets | undefined): SaslStep {
  if (response === undefined) return challenge("");
  return { next: "credentials", credentials: { kind: "external", mechanism: "EXTERNAL", user: response } };
}

/** A mechanism that the store conducts: only the user name is taken from its first message. */
function relayed(mechanism: string, userOf: (message: Octets) => Octets | undefined): SaslServer {
  return (response) => {
    if (response === undefined) return challenge("");
    const user = userOf(response);
    if (!user) return malformed;
    const initial = new SecretOctets(octetsBase64(response));
    return { next: "credentials", credentials: { kind: "exchange", mechanism, user, initial } };
  };
}

/** Google's form: user=NAME ^A auth=Bearer TOKEN ^A ^A. */
const xoauth2User = (message: Octets): Octets | undefined =>
  /^user=([^\x01]+)\x01auth=Bearer [\x21-\x7e]+\x01\x01$/i.exec(message)?.[1];

/** RFC 7628 section 3.1: a GS2 header that must name the user, then key=value pairs that end in ^A ^A. */
function oauthBearerUser(message: Octets): Octets | undefined {
  const match = /^[ny],a=([^,\x01]+),\x01(?:[A-Za-z]+=[^\x01]*\x01)*\x01$/.exec(message);
  if (match === null || !/\x01auth=Bearer [\x21-\x7e]+\x01/i.test(message)) return undefined;
  return saslName(match[1]);
}

/** RFC 5802 section 7, client-first-message without channel binding ("p=" cannot pass through a proxy). */
function scramUser(message: Octets): Octets | undefined {
  const match = /^[ny],(?:a=([^,]+))?,n=([^,]+),r=[\x21-\x2b\x2d-\x7e]+(?:,.*)?$/s.exec(message);
  if (match === null) return undefined;
  const [, authzid, user] = match;
  return authzid !== undefined && authzid !== user ? undefined : saslName(user);
}

/** saslname of RFC 5801: =2C is a comma, =3D an equals sign, any other = is an error. */
function saslName(encoded: Octets | undefined): Octets | undefined {
  if (encoded === undefined || /=(?!2C|3D)/.test(encoded)) return undefined;
  return encoded.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

/**
 * The first message (base64) of an exchange that names another user; undefined if the mechanism proves the message as
 * the client wrote it, as SCRAM does.
 */
export function renamedExchange(
  { mechanism, initial }: Credentials & { kind: "exchange" },
  user: Octets,
): SecretOctets | undefined {
  const message = base64Octets(initial.reveal()) ?? "";
  switch (mechanism) {
    case "XOAUTH2":
      return new SecretOctets(octetsBase64(message.replace(/^user=[^\x01]+/i, () => `user=${user}`)));
    case "OAUTHBEARER": {
      const name = user.replaceAll("=", "=3D").replaceAll(",", "=2C");
      return new SecretOctets(octetsBase64(message.replace(/^([ny],a=)[^,]+/, (_, start) => start + name)));
    }
    default:
      return undefined;
  }
}

const mechanisms: Record<string, () => SaslServer> = {
  PLAIN: () => plain,
  LOGIN: login,
  EXTERNAL: () => external,
  XOAUTH2: () => relayed("XOAUTH2", xoauth2User),
  OAUTHBEARER: () => relayed("OAUTHBEARER", oauthBearerUser),
  "SCRAM-SHA-1": () => relayed("SCRAM-SHA-1", scramUser),
  "SCRAM-SHA-256": () => relayed("SCRAM-SHA-256", scramUser),
};

/** Mechanisms that expose the password, or a token equal to it, to eavesdroppers. */
const plaintext: ReadonlySet<string> = new Set(["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"]);

export const isPlaintextMechanism = (name: string): boolean => plaintext.has(name);

/** Starts a mechanism by its upper-case name; undefined if it is not supported. */
export const startMechanism = (name: string): SaslServer | undefined =>
  Object.hasOwn(mechanisms, name) ? mechanisms[name]?.() : undefined;

/** Feeds a base64 line of the client's to a mechanism; `=` is an empty initial response (RFC 4959). */
export function feedMechanism(server: SaslServer, line: Octets): SaslStep {
  const response = line === "=" ? "" : base64Octets(line);
  return response === undefined ? malformed : server(response);
}
