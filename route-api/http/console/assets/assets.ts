import { createHash } from "node:crypto";
import { ICON } from "./icon.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** A file that pages load; its path changes with its text, so that it may be kept for ever. */
export interface Asset {
  path: string;
  type: string;
  text: string;
}

const asset = (extension: string, type: string, text: string): Asset => ({
  path: `/console/assets/${createHash("sha256").update(text).digest("base64url").slice(0, 22)}.${extension}`,
  type,
  text,
});

export const ASSETS = {
  style: asset("css", "text/css; charset=utf-8", STYLE),
  script: asset("js", "text/javascript; charset=utf-8", SCRIPT),
  icon: asset("svg", "image/svg+xml", ICON),
};
