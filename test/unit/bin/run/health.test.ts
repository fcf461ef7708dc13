import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { edgeChecks, routeApiChecks } from "../../../../bin/run/health.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(greet: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    greet(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

type Checks = Parameters<typeof edgeChecks>[0];
const listening = (port: number, proxyProtocol = "none", address = "0.0.0.0"): Checks =>
  ({
    instances: {
      main: { listeners: [{ protocol: "imap", address, port, tls: "none", proxyProtocol }] },
    },
  }) as unknown as Checks;

const ask = async (checks: ReturnType<typeof edgeChecks>, ms = 5000): Promise<string[]> => {
  const signal = AbortSignal.timeout(ms);
  const results = await Promise.allSettled(checks.map((check) => check.ask(signal)));
  return results.map((result) => (result.status === "fulfilled" ? "answers" : result.reason.message));
};

test("a listener must greet; closing the connection is a failure", async () => {
  const greeting = await serve((socket) => socket.end("* OK\r\n"));
  const hanging = await serve((socket) => socket.end());
  expect(await ask(edgeChecks(listening(greeting)))).toEqual(["answers"]);
  expect(await ask(edgeChecks(listening(hanging)))).toEqual(["closed the connection"]);
});

test.each(["::", "0.0.0.0", "127.0.0.1"])(
  "a listener on %s is asked where IPv4 reaches it",
  async (address) => {
    const greeting = await serve((socket) => socket.end("* OK\r\n"));
    expect(await ask(edgeChecks(listening(greeting, "none", address)))).toEqual(["answers"]);
  },
);

test("a listener behind PROXY headers must only accept, for the header is the load balancer's", async () => {
  const silent = await serve(() => {});
  expect(await ask(edgeChecks(listening(silent, "v2")))).toEqual(["answers"]);
  expect(await ask(edgeChecks(listening(silent)), 50)).toEqual(["no answer in time"]);
});

test("checks only the named instance, and no port that the system picked", () => {
  expect(edgeChecks(listening(143), "other")).toEqual([]);
  expect(edgeChecks(listening(0))).toEqual([]);
});

test("the route API must be alive", async () => {
  const api = (port: number) =>
    routeApiChecks({ routeApi: { listen: `127.0.0.1:${port}` } } as Parameters<typeof routeApiChecks>[0]);
  const answering = (status: string) =>
    serve((socket) =>
      socket.once("data", () => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`)),
    );
  expect(await ask(api(await answering("200 OK")))).toEqual(["answers"]);
  expect(await ask(api(await answering("503 No")))).toEqual(["answered with status 503"]);
});
