import { certificateBase, certificateMaps } from "./carried-files.ts";
import { type Row, without } from "./row.ts";
import { storeHostLists } from "./store-host-lists.ts";
import { port, portList, yesNo } from "./values.ts";

const DATABASE: Pick<Row, "field" | "read"> = {
  field: "instances.<name>.tls.certificates",
  read: () => ({
    fate: "changed",
    note: "export certificate and key from the certificate database as PEM files: see the list of what to do",
  }),
};

const backsidePort: Row["read"] = (parameter, target) =>
  target.parameter("SSLBacksidePort") === undefined
    ? { value: port(parameter) }
    : { fate: "none", note: "SSLBacksidePort is used instead: every session to a store uses TLS" };

/** TLS to clients and stores, client certificates, and the ports of stores. */
export const TLS_ROWS: readonly Row[] = [
  {
    name: "SSLEnable",
    field: "instances.<name>.listeners",
    read: (parameter) => ({ note: yesNo(parameter) ? "TLS on every listener" : "no TLS" }),
  },
  {
    name: "SSLPorts",
    field: "instances.<name>.listeners",
    read: (parameter, target) => {
      const enable = target.parameter("SSLEnable");
      if (enable !== undefined && yesNo(enable))
        return { note: `tls: implicit on ${portList(parameter).join(", ")}` };
      return { fate: "none", note: "it had no effect without SSLEnable" };
    },
  },
  { name: "SSLCertFile", ...DATABASE },
  { name: "SSLKeyFile", ...DATABASE },
  { name: "SSLCertPrefix", ...DATABASE },
  { name: "SSLKeyPrefix", ...DATABASE },
  { name: "SSLCertNicknames", ...DATABASE },
  { name: "SSLKeyPasswdFile", ...DATABASE },
  without("SSLSecmodFile", "keys are in PEM files, not in security modules"),
  without("SSLCacheDir", "TLS sessions are resumed without a cache on disk"),
  without("SSLCipherSpecs", "TLS 1.2 and newer, with the runtime's ciphers"),
  without("SSLAdjustCipherSuites", "TLS 1.2 and newer, with the runtime's ciphers"),
  without("TLSMinVersion", "TLS 1.2 and newer"),
  without("TLSMaxVersion", "TLS 1.2 and newer"),
  {
    name: "CertMapFile",
    field: "instances.<name>.tls.certmapFile",
    read: certificateMaps,
  },
  {
    name: "CertmapDN",
    field: "instances.<name>.tls.certmapBase",
    read: certificateBase,
  },
  {
    name: "SSLBacksidePort",
    field: "stores.*.<protocol>.port",
    read: (parameter) => ({ value: port(parameter), note: "over TLS" }),
  },
  { name: "BacksidePort", field: "stores.*.<protocol>.port", read: backsidePort },
  { name: "storehostlist", field: "stores.*.address", read: storeHostLists },
];
