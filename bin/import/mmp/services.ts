import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Protocol } from "../../../route-api/contract/protocols.ts";
import { EXIT, Failure } from "../../failure.ts";
import { badInput, type Place } from "../finding.ts";
import { type InputFile, readText } from "../input.ts";
import { type Parameter, parseCfg } from "./cfg-file.ts";
import { type ListenAddress, parseServiceList, type ServiceEntry } from "./service-list.ts";

/** A file, read. */
export interface CfgFile {
  path: string;
  parameters: Parameter[];
}

/** A service that becomes an instance. */
export interface Service {
  instance: string;
  protocol: Protocol;
  section: string;
  listen: ListenAddress[];
  file: CfgFile;
}

/** The old configuration as a whole. */
export interface OldConfiguration {
  /** AService.cfg, whose parameters apply to every service; undefined if it was not given. */
  shared: CfgFile | undefined;
  serviceList: Parameter | undefined;
  services: Service[];
  /** SMTP services, which are not supported. */
  smtp: ServiceEntry[];
  /** Files that no service reads. */
  unused: CfgFile[];
}

const SHARED = /^AService\.cfg$/i;
const DEFAULT_PORT = { imap: 143, pop3: 110 } as const;

/** Finds the services, and the file of each. */
export function readServices(inputs: readonly InputFile[]): OldConfiguration {
  const files = inputs.map((input) => ({ path: input.path, parameters: parseCfg(input) }));
  const shared = files.find(({ path }) => SHARED.test(basename(path)));
  const serviceList = shared?.parameters.find(({ name }) => /^ServiceList$/i.test(name));
  if (shared !== undefined && serviceList === undefined) {
    throw badInput({ file: shared.path, line: 1 }, "has no ServiceList");
  }
  const entries = serviceList === undefined ? entriesOf(files) : parseServiceList(serviceList);
  const services: Service[] = [];
  for (const entry of entries) {
    const { protocol, section, listen, config } = entry;
    if (protocol === "smtp") continue;
    const file = fileOf(config, files, shared, serviceList?.place);
    services.push({ instance: instanceName(entry, services), protocol, section, listen, file });
  }
  if (services.length === 0) {
    const [{ path } = { path: "the input" }] = files;
    throw new Failure(`${path}: no IMAP or POP service is configured`, EXIT.usage);
  }
  const used = new Set([shared, ...services.map(({ file }) => file)]);
  const smtp = entries.filter(({ protocol }) => protocol === "smtp");
  return { shared, serviceList, services, smtp, unused: files.filter((file) => !used.has(file)) };
}

/** Without AService.cfg, each file named after a protocol is a service on the protocol's port. */
const entriesOf = (files: readonly CfgFile[]): ServiceEntry[] =>
  files.flatMap(({ path }) => {
    const config = basename(path).replace(/\.cfg$/i, "");
    const protocol = /imap/i.test(config) ? "imap" : /pop/i.test(config) ? "pop3" : undefined;
    if (protocol === undefined) return [];
    return [{ protocol, config, section: "default", listen: [{ port: DEFAULT_PORT[protocol] }] }];
  });

function fileOf(
  config: string,
  files: CfgFile[],
  shared: CfgFile | undefined,
  place: Place | undefined,
): CfgFile {
  const name = `${config}.cfg`;
  const given = files.find(({ path }) => basename(path).toLowerCase() === name.toLowerCase());
  if (given !== undefined) return given;
  const path = join(dirname(shared?.path ?? "."), name);
  if (place !== undefined && !existsSync(path))
    throw badInput(place, `ServiceList needs ${path}, which does not exist`);
  const file = { path, parameters: parseCfg({ path, text: readText(path) }) };
  files.push(file);
  return file;
}

/** imap, pop3, imap-2; with the section unless it is the default one. */
function instanceName({ protocol, section }: ServiceEntry, earlier: readonly Service[]): string {
  const own = section.replace(/[^A-Za-z0-9-]/g, "-");
  const name = section === "default" ? protocol : `${protocol}-${own}`;
  const taken = earlier.filter(({ instance }) => instance.replace(/-\d+$/, "") === name).length;
  return taken === 0 ? name : `${name}-${taken + 1}`;
}
