import { readFileSync } from "node:fs";
import type { ListenerConfig } from "../../edge-proxy/config/listener.ts";
import { LISTENER_DEFAULTS } from "../../edge-proxy/config/listener-defaults.ts";
import { LISTEN_DEFAULT } from "../../route-api/config/listen-default.ts";
import { EXIT, Failure } from "../failure.ts";

/** An address that an instance listens on. */
export type Listener = Pick<ListenerConfig, "protocol" | "address" | "port" | "tls" | "proxyProtocol">;

/** What mmp.yaml says of where something listens. */
export interface Listening {
  instances: Record<string, { listeners: Listener[] }>;
  routeApi?: { listen: string; certFile?: string; selfSigned?: boolean };
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads from mmp.yaml where something listens, and nothing else: it is for health checks, which run often. The schema
 * would cost most of their time, and a mistake in a file that changed does not make the running process unhealthy.
 * Throws a Failure if no addresses can be read.
 */
export async function requireListening(file: string): Promise<Listening> {
  try {
    const { instances = {}, routeApi } = fieldsOf(await parseYaml(readFileSync(file, "utf8")));
    return {
      instances: Object.fromEntries(
        Object.entries(fieldsOf(instances)).map(([name, instance]) => [
          name,
          { listeners: listOf(fieldsOf(instance).listeners).map(listenerOf) },
        ]),
      ),
      ...(routeApi === undefined ? {} : { routeApi: { listen: LISTEN_DEFAULT, ...fieldsOf(routeApi) } }),
    };
  } catch (error) {
    throw new Failure(`${file}: cannot be read: ${(error as Error).message}`, EXIT.usage);
  }
}

/** Bun's own parser takes a tenth of the time that the library takes to load. */
async function parseYaml(text: string): Promise<unknown> {
  const { Bun: bun } = globalThis as { Bun?: { YAML?: { parse(text: string): unknown } } };
  try {
    if (bun?.YAML !== undefined) return bun.YAML.parse(text);
  } catch {
    // The library decides what is YAML.
  }
  return (await import("yaml")).parse(text);
}

const listenerOf = (value: unknown): Listener => ({ ...LISTENER_DEFAULTS, ...fieldsOf(value) }) as Listener;

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("mmp check says what is wrong with it");
  return value as Fields;
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error("mmp check says what is wrong with it");
  return value;
}
