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

/** RFC 4616: [authzid] NUL authcid NUL passwd. Empty ones are well-formed: they are refused where credentials are judged. */
function plain(response: Octets | undefined): SaslStep {
  if (response === undefined) return challenge("");
  const [authzid, authcid, password, ...more] = response.split("\0");
  if (authzid === undefined || authcid === undefined || password === undefined || more.length > 0)
    return malformed;
  return passwordStep("PLAIN", authcid, password, authzid);
}

/** The client's message of PLAIN, in base64. */
export const plainResponse = ({
  authorizationId = "",
  user,
  password,
}: (Credentials | StoreCredentials) & { kind: "password" }): string =>
  octetsBase64(`${authorizationId}\0${user}\0${password.reveal()}`);

const passwordStep = (mechanism: string, user: Octets, password: Octets, authzid: Octets): SaslStep => ({
  next: "credentials",
  credentials: {
    kind: "password",
    mechanism,
    user,
    password: new SecretOctets(password),
    ...forSomebodyElse(authzid, user),
  },
});

/** Nobody acts for somebody else by naming himself. */
const forSomebodyElse = (authzid: Octets, user: Octets): { authorizationId?: Octets } =>
  authzid === "" || authzid === user ? {} : { authorizationId: authzid };

/** draft-murchison-sasl-login: user name, then password; an initial response is the user name. */
function login(): SaslServer {
  let user: Octets | undefined;
  return (response) => {
    if (response === undefined) return challenge("Username:");
    if (user === undefined) {
      user = response;
      return challenge("Password:");
    }
    return passwordStep("LOGIN", user, response, "");
  };
}

/** RFC 4422 appendix A: the response is the authorisation id, empty for the certificate's own. */
function external(response: Octets | undefined): SaslStep {
  if (response === undefined) return challenge("");
  return { next: "credentials", credentials: { kind: "external", mechanism: "EXTERNAL", user: response } };
}

/** A mechanism that the store conducts: only the user name is taken from its first message. */
function relayed(mechanism: string, namesIn: (message: Octets) => Names | undefined): SaslServer {
  return (response) => {
    if (response === undefined) return challenge("");
    const names = namesIn(response);
    if (names === undefined) return malformed;
    const { user, authzid } = names;
    const initial = new SecretOctets(octetsBase64(response));
    return {
      next: "credentials",
      credentials: { kind: "exchange", mechanism, user, initial, ...forSomebodyElse(authzid, user) },
    };
  };
}

interface Names {
  user: Octets;
  authzid: Octets;
}

/** Google's form: user=NAME ^A auth=Bearer TOKEN ^A ^A. */
function xoauth2Names(message: Octets): Names | undefined {
  const user = /^user=([^\x01]+)\x01auth=(?:Bearer [\x21-\x7e]*)?\x01\x01$/i.exec(message)?.[1];
  return user === undefined ? undefined : { user, authzid: "" };
}

/**
 * RFC 7628 section 3.1: a GS2 header that must name the user, then key=value pairs that end in ^A ^A. The token may be
 * empty: the client then asks what it should be (section 4.3).
 */
function oauthBearerNames(message: Octets): Names | undefined {
  const match = /^[ny],a=([^,\x01]+),\x01(?:[A-Za-z]+=[^\x01]*\x01)*\x01$/.exec(message);
  if (match === null || !/\x01auth=(?:Bearer [\x21-\x7e]*)?\x01/i.test(message)) return undefined;
  const user = saslName(match[1]);
  return user === undefined ? undefined : { user, authzid: "" };
}

/** RFC 5802 section 7, client-first-message without channel binding ("p=" cannot pass through a proxy). */
function scramNames(message: Octets): Names | undefined {
  const match = /^[ny],(?:a=([^,]+))?,n=([^,]+),r=[\x21-\x2b\x2d-\x7e]+(?:,.*)?$/s.exec(message);
  const authzid = saslName(match?.[1] ?? "");
  const user = saslName(match?.[2]);
  return authzid === undefined || user === undefined ? undefined : { user, authzid };
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
  XOAUTH2: () => relayed("XOAUTH2", xoauth2Names),
  OAUTHBEARER: () => relayed("OAUTHBEARER", oauthBearerNames),
  "SCRAM-SHA-1": () => relayed("SCRAM-SHA-1", scramNames),
  "SCRAM-SHA-256": () => relayed("SCRAM-SHA-256", scramNames),
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
