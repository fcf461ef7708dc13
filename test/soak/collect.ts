/** Loaded into the edge before its program: on SIGUSR2 it collects garbage, so that what is measured is what is held. */
process.on("SIGUSR2", () => Bun.gc(true));
