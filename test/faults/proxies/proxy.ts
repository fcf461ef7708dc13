import type { Door } from "../../twin/load/imap-client.ts";
import type { Link } from "../link.ts";

/** What stands before the stores: the edge, or a peer that does the same work. */
export interface MailProxy {
  name: string;
  ports: number[];
  /** Where clients come in: plain, and by TLS. */
  doors: Door[];
  start(): Promise<void>;
  /** The process that was started; the others are its children. */
  pid(): number;
  /** Processes that have clients. */
  workers(): number[];
  /** Resolves when the process that was started is gone. */
  exited(): Promise<unknown>;
  /** Has it read a configuration that has a mistake; resolves when it has refused that. */
  readMistake(): Promise<void>;
  /** Has it read the right one again. */
  readRight(): Promise<void>;
}

/** What a proxy is told of the site. */
export interface Surroundings {
  folder: string;
  /** A small file system for its log. */
  logFile: string;
  /** Of its clock. */
  environment: Record<string, string>;
  certFile: string;
  keyFile: string;
  api: Link;
  stores: { store1: Link; store2: Link };
  logins: { login: string; store: "store1" | "store2" }[];
}
