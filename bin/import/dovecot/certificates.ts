import { dirname, resolve } from "node:path";
import { type Draft, todo } from "../draft.ts";
import { isYes, lastOf, type Setting, sectionsOf } from "./doveconf.ts";

interface Certificate {
  certFile: string;
  keyFile: string;
}

/** The certificates of Dovecot: its own first, then those for names (SNI) and addresses. */
export function certificatesOf(draft: Draft, settings: readonly Setting[]): Certificate[] {
  if (lastOf(settings, "ssl")?.value === "no") return [];
  const inner = ["local_name", "local"]
    .flatMap((name) => sectionsOf(settings, name))
    .map(({ section }) => section);
  const ca = lastOf(settings, "ssl_ca") ?? lastOf(settings, "ssl_server_ca_file");
  const verify =
    lastOf(settings, "ssl_verify_client_cert") ?? lastOf(settings, "ssl_server_request_client_cert");
  if (ca !== undefined && isYes(verify?.value))
    todo(
      draft,
      `Clients were asked for certificates: set tls.clientCaFile to ${ca.value} if they log in by them.`,
    );
  return [settings, ...inner].flatMap((within) => certificateOf(draft, within));
}

function certificateOf(draft: Draft, settings: readonly Setting[]): Certificate[] {
  const chain = lastOf(settings, "ssl_cert") ?? lastOf(settings, "ssl_server_cert_file");
  const key = lastOf(settings, "ssl_key") ?? lastOf(settings, "ssl_server_key_file");
  if (chain === undefined || chain.value === "") return [];
  const certFile = pathOf(chain);
  if (key !== undefined && key.value !== "") return [{ certFile, keyFile: pathOf(key) }];
  // doveconf hides where the key is.
  const keyFile = certFile.replace(/(\.[^./]+)?$/, ".key");
  todo(
    draft,
    `The file of the key of ${certFile} is not shown: set keyFile, which is assumed to be ${keyFile}.`,
  );
  return [{ certFile, keyFile }];
}

const pathOf = ({ place, value }: Setting): string => resolve(dirname(place.file), value);
