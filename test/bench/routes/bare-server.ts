/** A server under Bun that gives each request the same route: what is left of a look-up without the API. */
const body = JSON.stringify({
  account: "user1@example.com",
  uuid: "00000000-0000-4000-8000-000000000001",
  mailHost: ["store-a"],
  version: "20260101000000.000000Z#000000#000#000000",
  write: 1,
  status: "active",
  services: [],
});
const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };

const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(body, { headers }) });
console.log(`listening ${server.port}`);
