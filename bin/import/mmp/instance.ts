import { assume, put, todo } from "../draft.ts";
import { CONNECTIONS_PER_CLIENT, PENALTY_SECONDS } from "./client-limits.ts";
import type { Target } from "./row.ts";
import type { Service } from "./services.ts";
import { portList, yesNo } from "./values.ts";

/** Begins an instance with its listeners, their TLS, and the files for its certificate. */
export function beginInstance({ listen }: Service, target: Target): void {
  const { draft, instance, protocol, parameter } = target;
  const enable = parameter("SSLEnable");
  const tls = enable !== undefined && yesNo(enable);
  const sslPorts = parameter("SSLPorts");
  const implicit = tls && sslPorts !== undefined ? portList(sslPorts) : [];
  const listeners = listen.map(({ address, port }) => ({
    protocol,
    ...(address === undefined ? {} : { address }),
    port,
    tls: implicit.includes(port) ? "implicit" : tls ? "starttls" : "none",
  }));
  put(draft, `instances.${instance}.listeners`, listeners);
  if (!tls) return;
  const missing = implicit.filter((port) => !listen.some((one) => one.port === port));
  if (missing.length > 0) {
    todo(
      draft,
      `SSLPorts of ${instance} has ${missing.join(", ")}, which ServiceList does not have: add a listener if clients use it.`,
    );
  }
  addCertificate(target);
}

/** Names the PEM files that the operator must make. Instances with the same certificate share them. */
function addCertificate({ draft, instance, parameter }: Target): void {
  const nickname = parameter("SSLCertNicknames")?.value ?? "Server-Cert";
  const prefix = parameter("SSLCertPrefix")?.value ?? "";
  const name = slug(`${prefix}${nickname}`);
  const files = { certFile: `./certificates/${name}.crt`, keyFile: `./certificates/${name}.key` };
  put(draft, `instances.${instance}.tls.certificates`, [files]);
  draft.comments.set(
    `instances.${instance}.tls`,
    "PEM files that you must export: import-report.txt says how.",
  );
  todo(
    draft,
    `Put the chain and key of "${nickname}" into certificates/${name}.crt and certificates/${name}.key (mode 0600), both in PEM. To export them from the certificate database: pk12util -o tls.p12 -n "${nickname}" -d DATABASE-FOLDER; openssl pkcs12 -in tls.p12 -nokeys -out ${name}.crt; openssl pkcs12 -in tls.p12 -nocerts -nodes -out ${name}.key`,
  );
}

const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9.-]+/g, "-");

/** Fills in the old multiplexor's defaults. */
export function finishInstance({ draft, instance, protocol, parameter }: Target): void {
  const plaintext = `instances.${instance}.allowPlaintextLogin`;
  const given = parameter("RestrictPlainPasswords");
  if (given === undefined || !yesNo(given)) {
    draft.comments.set(plaintext, "As before; set to false once clients use TLS.");
  }
  if (put(draft, plaintext, true) === "set") {
    assume(
      draft,
      `${plaintext} is true: the old multiplexor accepted passwords without TLS unless RestrictPlainPasswords was set.`,
    );
  }
  const limit = `instances.${instance}.limits.connectionsPerClient`;
  if (parameter("ConnLimits") === undefined && put(draft, limit, CONNECTIONS_PER_CLIENT) === "set")
    assume(draft, `${limit} is ${CONNECTIONS_PER_CLIENT}, the old default of ConnLimits.`);
  const penalty = `instances.${instance}.penalties.firstSeconds`;
  if (parameter("BGPenalty") === undefined && put(draft, penalty, PENALTY_SECONDS) === "set")
    assume(draft, `${penalty} is ${PENALTY_SECONDS}, the old default of BGPenalty.`);
  const overTls = parameter("SSLBacksidePort") !== undefined;
  const service = `stores.*.${protocol}`;
  const port = protocol === "imap" ? 143 : 110;
  if (put(draft, `${service}.port`, port) === "set")
    assume(draft, `${service}.port is ${port}, the old default of BacksidePort.`);
  put(draft, `${service}.tls`, overTls ? "implicit" : "none");
  if (overTls) {
    todo(
      draft,
      'The certificates of stores are verified: unless a public CA has signed them, set caFile under stores "*", or add an entry for each store.',
    );
  }
}
