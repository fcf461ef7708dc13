import { toolPath } from "../tools.ts";
import { firstLine, type MailProxy, STORE_PORT } from "./proxy.ts";

/**
 * Perdition, with a daemon for each port. It forks a process a session: a start makes no difference to what that
 * costs, and thousands of idle ones would fill the machine's memory. It looks no user up.
 */
export function perdition(): MailProxy {
  return {
    name: "perdition",
    plainPort: 24143,
    tlsPort: 24993,
    modes: ["churn-plain", "churn-tls", "bulk-plain", "bulk-tls"],
    tools: [{ name: "perdition", aptPackage: "perdition" }],
    optional: true,
    loginsMax: 4000,
    prepare(workspace) {
      const { certFile, keyFile } = workspace;
      const options = [
        `--no_daemon --config_file /dev/null --pid_file "" --log_facility + --quiet`,
        `--bind_address 127.0.0.1 --outgoing_server 127.0.0.1:${STORE_PORT} --no_lookup --map_library ""`,
        "--server_resp_line --no_bind_banner",
      ].join(" ");
      const tls = [
        `--ssl_mode ssl_listen --ssl_cert_file ${certFile} --ssl_key_file ${keyFile}`,
        "--ssl_no_client_cert_verify",
      ].join(" ");
      const program = toolPath("perdition");
      const daemons = [
        `${program} --protocol IMAP4 --listen_port ${this.plainPort} ${options}`,
        `${program} --protocol IMAP4S --listen_port ${this.tlsPort} ${options} ${tls}`,
      ];
      const script = `trap 'kill $(jobs -p)' TERM\n${daemons.join(" &\n")} &\nwait\n`;
      return { command: ["bash", "-c", script], beside: [] };
    },
    // Its --help ends by a crash.
    version: () => firstLine("dpkg-query", "--show perdition").replace(/^perdition\s+/, "Perdition "),
  };
}
