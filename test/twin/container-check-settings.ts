/** How often an edge is asked, and how long it has to answer. */
export interface ContainerCheck {
  intervalSeconds: number;
  timeoutSeconds: number;
}
