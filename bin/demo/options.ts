/** What can be chosen for the demo. */
export interface DemoOptions {
  /** Address that everything listens on. */
  address: string;
  imapPort: number;
  imapsPort: number;
  pop3Port: number;
  pop3sPort: number;
  apiPort: number;
  /** Folder for the demo's files. */
  data: string;
}

/** What was chosen on the command line. */
export type GivenDemoOptions = Pick<DemoOptions, "address"> & Partial<DemoOptions> & { portBase?: number };

/** Ports of a demo for which none are chosen. */
const USUAL_PORTS = { imapPort: 1143, imapsPort: 1993, pop3Port: 1110, pop3sPort: 1995, apiPort: 8080 };
const USUAL_FOLDER = "data/demo";

/** All options: ports from the base upwards if there is one, and then in a folder of their own too. */
export function demoOptions({ portBase, ...given }: GivenDemoOptions): DemoOptions {
  if (portBase === undefined) return { ...USUAL_PORTS, data: USUAL_FOLDER, ...given };
  const ports = {
    imapPort: portBase + 143,
    imapsPort: portBase + 993,
    pop3Port: portBase + 110,
    pop3sPort: portBase + 995,
    apiPort: portBase + 80,
  };
  return { ...ports, data: `${USUAL_FOLDER}-${portBase}`, ...given };
}
