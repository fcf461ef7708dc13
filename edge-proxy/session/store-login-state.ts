import type { Progress } from "../protocol/dialogue.ts";

/** What the runtimes' TLS libraries say if the other side's first bytes are no TLS. */
const NOT_TLS = /WRONG_VERSION|PACKET_LENGTH|UNKNOWN_PROTOCOL|wrong version/i;

/** True where an error of TLS means that there is none at the other side. */
export const isNotTls = (error: string): boolean => NOT_TLS.test(error);

export const ANSWERED_WITHOUT_TLS = "answered without TLS: wrong port, or tls should be starttls";

/**
 * Why implicit TLS failed, for the log: `error` is what the runtime says.
 *
 *     implicitTlsDetail("...:WRONG_VERSION_NUMBER") // "the store answered without TLS: ..."
 */
export const implicitTlsDetail = (error: string): string =>
  isNotTls(error) ? `the store ${ANSWERED_WITHOUT_TLS}` : error;

/**
 * Where an attempt stands:
 *
 * | From       | Event                               | To        | Time-out            |
 * | ---------- | ----------------------------------- | --------- | ------------------- |
 * | connecting | TCP is up, and TLS is to begin      | handshake | `connectSeconds`    |
 * | connecting | TCP is up                           | dialogue  | `bannerSeconds`     |
 * | handshake  | TLS is up                           | dialogue  | `bannerSeconds`     |
 * | dialogue   | the store agreed to STARTTLS        | upgrade   | `connectSeconds`    |
 * | upgrade    | TLS is up                           | dialogue  | `storeLoginSeconds` |
 * | dialogue   | the login was sent, or a part of it | dialogue  | `storeLoginSeconds` |
 * | any        | outcome, fault, or cancelled        | over      |                     |
 */
export type StoreLoginState = "connecting" | "handshake" | "dialogue" | "upgrade" | "over";

/** What a store did not do within `seconds`, for the log; `state` is where the attempt stands. */
export function timeoutDetail(state: StoreLoginState, progress: Progress, seconds: number): string {
  switch (state) {
    case "connecting":
      return `no connection in ${seconds} s`;
    case "handshake":
    case "upgrade":
      return `connected, no TLS in ${seconds} s`;
    case "dialogue":
      return progress === "connect"
        ? `connected, no greeting in ${seconds} s`
        : `the store did not answer in ${seconds} s`;
    case "over":
      return "";
    default:
      return state satisfies never;
  }
}
