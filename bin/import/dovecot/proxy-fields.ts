/** What a passdb says of the store, the same for all of its users. */
export interface ProxyFields {
  /** The passdb makes Dovecot a proxy. */
  proxy: boolean;
  host?: string;
  port?: number;
  tls?: "none" | "starttls" | "implicit";
  /** Any certificate of the store will do. */
  anyCertificate?: boolean;
  /** The name at the store. */
  user?: string;
  /** The master user that logs in at the store, and its password. */
  master?: string;
  pass?: string;
}

/** Reads fields such as `proxy=y host=10.0.0.1 ssl=any-cert`. Others, and values with variables, are left out. */
export function proxyFields(words: readonly string[]): ProxyFields {
  const fields: ProxyFields = { proxy: false };
  for (const word of words) {
    const at = word.indexOf("=");
    const key = at < 0 ? word : word.slice(0, at);
    const value = at < 0 ? "y" : word.slice(at + 1);
    if (value.includes("%")) continue;
    Object.assign(fields, READERS[key]?.(value));
  }
  return fields;
}

type Reader = (value: string) => Partial<ProxyFields>;

const isOn = (value: string): boolean => !/^(n|no|false|0)$/i.test(value);
const tls =
  (mode: "starttls" | "implicit"): Reader =>
  (value) =>
    isOn(value) ? { tls: mode, ...(value === "any-cert" ? { anyCertificate: true } : {}) } : {};

const READERS: Readonly<Record<string, Reader>> = {
  proxy: (value) => ({ proxy: isOn(value) }),
  proxy_maybe: (value) => ({ proxy: isOn(value) }),
  host: (host) => ({ host }),
  hostip: (host) => ({ host }),
  port: (port) => (/^\d{1,5}$/.test(port) ? { port: Number(port) } : {}),
  ssl: tls("implicit"),
  starttls: tls("starttls"),
  destuser: (user) => ({ user }),
  master: (master) => ({ master }),
  pass: (pass) => ({ pass }),
};
