import type { z } from "zod";

interface Definition {
  shape?: Record<string, z.ZodType>;
  options?: z.ZodType[];
  innerType?: z.ZodType;
  in?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
}

const definition = (schema: z.ZodType): Definition => schema.def as Definition;

/** The schemas that a value may have to fit: without defaults, optionals and transforms, and with unions taken apart. */
export function variants(schema: z.ZodType): z.ZodType[] {
  const { innerType, in: input, options } = definition(schema);
  const inner = innerType ?? input;
  if (inner !== undefined) return variants(inner);
  return options === undefined ? [schema] : options.flatMap(variants);
}

/** The fields of an object's schema, by name; none for other schemas. */
export const fieldsOf = (variant: z.ZodType): Record<string, z.ZodType> => definition(variant).shape ?? {};

/** The schemas of what a key or an index of a value leads to, over all variants. */
export const children = (schemas: readonly z.ZodType[], key: PropertyKey): z.ZodType[] =>
  schemas.flatMap(variants).flatMap((variant) => {
    const { shape, element, valueType } = definition(variant);
    return [shape?.[String(key)], element, valueType].filter((child) => child !== undefined);
  });
