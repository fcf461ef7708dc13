import {
  type ClientAuthorities,
  type ClientCertificateFault,
  type ClientCertificateTrust,
  clientAuthorities,
} from "./client-authorities.ts";

/** Who may vouch for the clients of a listener. */
export interface ClientTrusts {
  /** The instance's CAs; undefined where only virtual domains have some. */
  own: ClientCertificateTrust | undefined;
  /** Virtual domains that have CAs of their own, by name. */
  domains: ReadonlyMap<string, ClientCertificateTrust>;
}

/** What the CAs of a listener say of a certificate. */
export interface Vouching {
  /** Undefined where one of them vouches for it. */
  fault: ClientCertificateFault | undefined;
  /** Virtual domains whose own CAs do; where it is none, the instance's do. */
  domains: readonly string[];
}

/** Judges clients' certificates by the CAs of a listener. */
export interface Vouchers {
  /** All CAs, PEM: what clients are told when they are asked for a certificate. */
  readonly ca: string;
  judge(der: Uint8Array, nowMs: number): Vouching;
}

/** Reads the CAs of a listener. Throws TrustError. */
export function clientVouchers({ own, domains }: ClientTrusts): Vouchers {
  const ofInstance = own && clientAuthorities(own);
  const ofDomains = [...domains].map(([name, trust]): [string, ClientAuthorities] => [
    name,
    clientAuthorities(trust),
  ]);
  return {
    ca: [...(own === undefined ? [] : [own]), ...domains.values()].map(({ ca }) => ca).join("\n"),
    judge(der, nowMs) {
      const verdicts = ofDomains.map(([name, authorities]) => ({
        name,
        fault: authorities.judge(der, nowMs),
      }));
      const vouching = verdicts.filter(({ fault }) => fault === undefined).map(({ name }) => name);
      if (vouching.length > 0) return { fault: undefined, domains: vouching };
      const fault = ofInstance === undefined ? "untrusted" : ofInstance.judge(der, nowMs);
      // A CA that knows the certificate says more than one that does not.
      const better = fault === "untrusted" ? verdicts.find((one) => one.fault !== "untrusted")?.fault : fault;
      return { fault: better ?? fault, domains: [] };
    },
  };
}
