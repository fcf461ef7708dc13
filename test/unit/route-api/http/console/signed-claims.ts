import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** The balancer that signs, and the issuer that it asks. */
export const SIGNER =
  "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/mmp/50dc6c495c0c9188";
export const ISSUER = "https://id.example.com";

const pair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const own = pair();
/** Of somebody else. */
export const OTHER_KEY = pair().privateKey;
/** The balancer's key as its region's endpoint has it. */
export const PUBLIC_KEY = own.publicKey.export({ type: "spki", format: "pem" }) as string;

/** In base64url with padding, as the balancer writes it against the RFC. */
export const padded = (octets: Buffer): string =>
  octets.toString("base64").replaceAll("+", "-").replaceAll("/", "_");

const HEADER = { typ: "JWT", kid: "0a1b-2c", alg: "ES256", iss: ISSUER, client: "mmp", signer: SIGNER };
export const CLAIMS = { sub: "u-1", email: "ann@example.com", groups: ["helpdesk"] };

/** The value of x-amzn-oidc-data, good for two minutes unless `header` says otherwise. */
export function signedClaims(
  header: object = {},
  claims: object = {},
  key: KeyObject = own.privateKey,
): string {
  const exp = Math.floor(Date.now() / 1000) + 120;
  const parts = [
    { ...HEADER, exp, ...header },
    { ...CLAIMS, ...claims },
  ].map((part) => padded(Buffer.from(JSON.stringify(part))));
  const text = parts.join(".");
  const octets = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return `${text}.${padded(octets)}`;
}
