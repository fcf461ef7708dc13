import type { InstanceConfig } from "../../edge-proxy/config/instance.ts";
import type { ListenerConfig } from "../../edge-proxy/config/listener.ts";
import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import { claimPort } from "../../edge-proxy/transport/node.ts";
import type { PortSharing } from "../../edge-proxy/transport/transport.ts";

type Instances = Record<string, InstanceConfig>;

/**
 * The ports that the workers share. Each is claimed first: workers would otherwise share it with another program
 * unnoticed. That also picks the free ports, the same for all workers.
 */
export class Ports {
  #taken = new Map<string, number>();
  #sharing: PortSharing;

  /** `first` is how the ports to begin with are taken: an edge that is being replaced still has them. */
  constructor(first: PortSharing) {
    this.#sharing = first;
  }

  /** The instances with their ports. One whose ports are not available stays as in `before`, or is left out. */
  async take(
    wanted: Instances,
    before: Instances,
  ): Promise<{ instances: Instances; faults: InstanceFault[] }> {
    const instances: Instances = {};
    const faults: InstanceFault[] = [];
    const taken = new Map<string, number>();
    for (const [name, instance] of Object.entries(wanted)) {
      try {
        instances[name] = await this.#withPorts(name, instance, taken);
      } catch (error) {
        faults.push({ instance: name, text: (error as Error).message });
        const old = before[name];
        // Its ports are taken already.
        if (old !== undefined) instances[name] = await this.#withPorts(name, old, taken);
      }
    }
    this.#taken = taken;
    this.#sharing = "claimed";
    return { instances, faults };
  }

  async #withPorts(
    name: string,
    instance: InstanceConfig,
    taken: Map<string, number>,
  ): Promise<InstanceConfig> {
    const listeners: ListenerConfig[] = [];
    for (const [index, listener] of instance.listeners.entries()) {
      const { address, port } = listener;
      const place = port === 0 ? `${address} free ${name} ${index}` : `${address} ${port}`;
      const own =
        this.#taken.get(place) ??
        (this.#sharing === "joined" && port !== 0 ? port : await claimPort(address, port));
      taken.set(place, own);
      listeners.push({ ...listener, port: own });
    }
    return { ...instance, listeners };
  }
}
