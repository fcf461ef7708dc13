import { existsSync } from "node:fs";
import { probeDirectory } from "../../../route-api/directory/probe.ts";
import { openStore } from "../../../route-api/store/open.ts";
import { readSecret } from "../../config/read-secret.ts";
import type { Configuration } from "../../config/schema.ts";
import { EXIT, Failure } from "../../failure.ts";
import { tlsFilesOf } from "../api-client/tls-files.ts";
import { lookUp } from "../route/look-up.ts";
import { askAdministrators } from "./administrators.ts";
import type { Answer } from "./answer.ts";
import { askStore } from "./ask-store.ts";

/** Most hosts that only the entry "*" of `stores` stands for and that are asked. */
const OTHER_HOSTS_MAX = 100;

/** Asks the directory, the stores and the route API, each as far as the configuration has it. */
export async function askAll(configuration: Configuration): Promise<Answer[]> {
  const hosts = await routedHosts(configuration);
  const answers = await Promise.all([
    askDirectory(configuration),
    askStores(configuration, hosts.ok ? hosts.found : new Map()),
    askAdministrators(configuration),
    askRouteApi(configuration),
  ]);
  return [...answers.flat(), ...(hosts.ok ? [] : [hosts.answer])];
}

/** Runs a probe; whatever it throws is its answer. */
async function answerOf(of: string, probe: () => Promise<string>): Promise<Answer> {
  try {
    return { of, ok: true, text: await probe() };
  } catch (error) {
    return { of, ok: false, text: (error as Error).message };
  }
}

async function askDirectory({ directory }: Configuration): Promise<Answer[]> {
  if (directory === undefined || "ldif" in directory) return [];
  const { bindPasswordFile, base, filter } = directory;
  const answer = await answerOf("directory", async () => {
    const password = bindPasswordFile === undefined ? undefined : readSecret(bindPasswordFile);
    const { url, hasEntry } = await probeDirectory(directory, password);
    if (!hasEntry) throw new Error(`${url}: no entry below ${base} fits ${filter}`);
    return `${url} has entries below ${base}`;
  });
  return [answer];
}

/** The mailHosts of the route store, each with the DN of an entry; none if there is no route store yet. */
async function routedHosts({
  routeStore,
}: Configuration): Promise<{ ok: true; found: Map<string, string> } | { ok: false; answer: Answer }> {
  const found = new Map<string, string>();
  if (routeStore === undefined || ("sqlite" in routeStore && !existsSync(routeStore.sqlite)))
    return { ok: true, found };
  const store = openStore(routeStore);
  try {
    for await (const { mailHost, dn } of store.entries()) {
      for (const host of mailHost) if (!found.has(host)) found.set(host, dn);
    }
    return { ok: true, found };
  } catch (error) {
    return { ok: false, answer: { of: "route store", ok: false, text: (error as Error).message } };
  } finally {
    await store.close();
  }
}

/** Asks the stores that have an entry, and those that the route store names. */
async function askStores({ stores }: Configuration, routed: ReadonlyMap<string, string>): Promise<Answer[]> {
  if (stores === undefined) return [];
  const named = new Set(Object.keys(stores).map((name) => name.toLowerCase()));
  const others = [...routed].filter(([host]) => !named.has(host.toLowerCase()));
  const common = stores["*"];
  const lacking =
    common !== undefined
      ? []
      : others.map(([host, dn]) => ({
          of: `store ${host}`,
          ok: false,
          text: `stores has no entry for it, and no "*"; it is the mailHost of ${dn}`,
        }));
  const entries = [
    ...Object.entries(stores).filter(([name]) => name !== "*"),
    ...(common === undefined
      ? []
      : others.slice(0, OTHER_HOSTS_MAX).map(([host]): [string, typeof common] => [host, common])),
  ];
  const asked = entries.flatMap(([name, entry]) =>
    (["imap", "pop3"] as const).flatMap((protocol) => {
      const service = entry[protocol];
      if (service === undefined) return [];
      return (entry.address ?? [name]).map((host) =>
        answerOf(`store ${name}, ${protocol} on ${host} port ${service.port}`, () =>
          askStore({ name, host, protocol, service, entry }),
        ),
      );
    }),
  );
  return [...lacking, ...(await Promise.all(asked))];
}

/** A login name that nobody has; that it is unknown shows that address and token are right. */
const NOBODY = "mmp-check";

function askRouteApi({ routeApi }: Configuration): Promise<Answer[]> {
  if (routeApi === undefined) return Promise.resolve([]);
  return Promise.all(
    routeApi.url.map((url) =>
      answerOf(`route API at ${url}`, async () => {
        try {
          const token = readSecret(routeApi.tokenFile);
          const ask = { is: "login" as const, login: NOBODY, domain: undefined };
          await lookUp({ urls: [url], token, tls: tlsFilesOf(routeApi), ask, name: NOBODY });
        } catch (error) {
          if (!(error instanceof Failure) || error.exitCode !== EXIT.failure) throw error;
        }
        return "answers, and accepts the token";
      }),
    ),
  );
}
