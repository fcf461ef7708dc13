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
