import type { ListenerConfig } from "../config/listener.ts";
import { feedsTls, type ListenerSettings, type OpenListener } from "./listener.ts";

/** Identifies a listener across reloads: by its address, or by its index where it takes any free port. */
export const listenerPlace = ({ address, port }: ListenerConfig, index: number): string =>
  port === 0 ? `${address} free ${index}` : `${address} ${port}`;

/** A listener that is reopened stays at its port, even at one that it took because it was free. */
const atPort = (settings: ListenerSettings, port: number): ListenerSettings => ({
  ...settings,
  config: { ...settings.config, port },
});

/**
 * Opens new listeners, changes those that can go on as they are, reopens the others, and closes those that are no longer
 * wanted. Rejects, and changes nothing, where a new listener cannot be opened.
 */
export async function changeListeners(
  before: ReadonlyMap<string, OpenListener>,
  wanted: ReadonlyMap<string, ListenerSettings>,
  open: (settings: ListenerSettings) => Promise<OpenListener>,
): Promise<Map<string, OpenListener>> {
  const after = new Map<string, OpenListener>();
  const fresh: OpenListener[] = [];
  try {
    for (const [place, settings] of wanted) {
      if (before.has(place)) continue;
      const listener = await open(settings);
      fresh.push(listener);
      after.set(place, listener);
    }
  } catch (error) {
    await Promise.all(fresh.map((listener) => listener.close()));
    throw error;
  }
  for (const [place, listener] of before) {
    const settings = wanted.get(place);
    if (settings !== undefined && canReplace(listener.settings, settings)) {
      await listener.replace(settings);
      after.set(place, listener);
    } else {
      await listener.close();
      if (settings !== undefined) after.set(place, await open(atPort(settings, listener.port)));
    }
  }
  return after;
}

/** True where a listener can take other settings without being reopened. */
const canReplace = (before: ListenerSettings, after: ListenerSettings): boolean =>
  shape(before) === shape(after);

const shape = ({ config, tls }: ListenerSettings): string =>
  JSON.stringify([config.protocol, config.tls, feedsTls(config), tls.certificates.length > 1]);
