import { createHash } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiEnv } from "../request-context.ts";
import { describeApi } from "./describe.ts";
import type { Description } from "./description.ts";
import { docsPage, STYLE } from "./page.ts";

const INFO = {
  title: "Messaging Multiplexor: route API",
  version: "1",
  description: "Tells which mail store holds an account, and reports changes.",
  contact: { name: "Whoever runs this installation" },
  license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
};

/** Nothing external is loaded and no script runs; the only style is allowed by its digest. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `/openapi.json`, and `/docs` for people; both are generated from what `api` declares. */
export function docsRoutes(api: OpenAPIHono<ApiEnv>) {
  let description: Description | undefined;
  const describe = (): Description => {
    description ??= describeApi(api, INFO);
    return description;
  };
  return new OpenAPIHono<ApiEnv>()
    .get("/openapi.json", (c) => c.json(describe()))
    .get("/docs", (c) => {
      c.header("Content-Security-Policy", POLICY);
      c.header("Referrer-Policy", "no-referrer");
      return c.html(docsPage(describe()));
    });
}
