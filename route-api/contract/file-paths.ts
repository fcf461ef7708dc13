import { z } from "zod";

/**
 * What mmp does with a file that its configuration names. `settings` are read with the configuration, and again when
 * they change; a `secret` is too, and nobody else should be able to read it; `data` is followed by the part that reads it; `output` is written by mmp.
 */
export type FileUse = "settings" | "secret" | "data" | "output";

const uses = z.registry<{ use: FileUse }>();

/** A path in a configuration file, relative to that file's folder. */
export const filePath = (use: FileUse) => z.string().min(1).register(uses, { use });

/** What the file is for whose path a schema describes; undefined for a schema that describes no path. */
export const fileUse = (schema: z.ZodType): FileUse | undefined => uses.get(schema)?.use;
