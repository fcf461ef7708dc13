import type { Logger } from "pino";
import { type BackOff, backOffSeconds } from "../../edge-proxy/api-client/back-off.ts";
import type { MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";
import { splitHostPort } from "../../route-api/contract/host-port.ts";
import { type HttpServer, serveHttp } from "../../route-api/http/server.ts";

/** What is served: the metrics of each process of the edge. */
export interface Measured {
  metrics(): Promise<MetricReading[][]>;
}

/** How soon an address that another program has is tried again: an edge that is being replaced gives it up late. */
const RETRY: BackOff = { firstSeconds: 1, longestSeconds: 30 };

/** Serves an edge's metrics for Prometheus, all of its processes in one answer. Mail does not depend on it. */
export class MetricsServer {
  readonly #edge: Measured;
  readonly #log: Logger;
  #listen: string | undefined;
  #server: HttpServer | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(edge: Measured, log: Logger) {
    this.#edge = edge;
    this.#log = log;
  }

  /** Serves at `address:port` from now on, or nowhere. An address that cannot be had is logged and tried again. */
  async apply(listen: string | undefined): Promise<void> {
    if (listen === this.#listen) return;
    await this.close();
    this.#listen = listen;
    if (listen !== undefined) await this.#open(listen, 1);
  }

  async close(): Promise<void> {
    clearTimeout(this.#retry);
    this.#listen = undefined;
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  async #open(listen: string, attempt: number): Promise<void> {
    const { address, port } = splitHostPort(listen);
    try {
      const server = await serveHttp(address, port, (request) => this.#answer(request));
      if (this.#listen !== listen) return await server.close();
      this.#server = server;
      this.#log.info({ address, port: server.port }, "metrics served");
    } catch (error) {
      if (this.#listen !== listen) return;
      if (attempt === 1)
        this.#log.error({ error: (error as Error).message }, "metrics not served; trying again");
      const waitMs = 1000 * backOffSeconds(RETRY, attempt, Math.random);
      this.#retry = setTimeout(() => void this.#open(listen, attempt + 1), waitMs);
      this.#retry.unref();
    }
  }

  async #answer(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== "/metrics") return text(404, "the metrics are at /metrics\n");
    if (request.method !== "GET" && request.method !== "HEAD") return text(405, "GET only\n");
    // Loaded when somebody asks: it takes its time at a start.
    const { AggregatorRegistry } = await import("prom-client");
    const body = await AggregatorRegistry.aggregate(await this.#edge.metrics()).metrics();
    return text(200, body, AggregatorRegistry.PROMETHEUS_CONTENT_TYPE);
  }
}

const text = (status: number, body: string, type = "text/plain; charset=utf-8"): Response =>
  new Response(body, { status, headers: { "content-type": type } });
