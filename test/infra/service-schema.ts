import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import type { Property, PropertyType } from "@aws-cdk/service-spec-types";
import type { Resource } from "./synthesise.ts";

/** AWS's schemas of CloudFormation's resources. */
export const database = loadAwsServiceSpecSync();

/** What AWS's own schema has against a resource: a line for each property that is unknown, missing, or of another type. */
export function schemaFaults(id: string, { Type, Properties = {} }: Resource): string[] {
  // A resource of the deployment's own.
  if (Type.startsWith("Custom::")) return [];
  const [resource] = database.lookup("resource", "cloudFormationType", "equals", Type);
  if (resource === undefined) return [`${id}: ${Type} is not known`];
  return objectFaults(`${id} (${Type})`, Properties, resource.properties);
}

function objectFaults(
  place: string,
  value: Record<string, unknown>,
  properties: Record<string, Property>,
): string[] {
  const missing = Object.entries(properties)
    .filter(([name, { required }]) => required === true && value[name] === undefined)
    .map(([name]) => `${place}.${name}: is missing`);
  const wrong = Object.entries(value).flatMap(([name, inner]) => {
    const property = properties[name];
    if (property === undefined) return [`${place}.${name}: is not known`];
    return typeFaults(`${place}.${name}`, inner, property.type);
  });
  return [...missing, ...wrong];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `{ "Ref": … }`, `{ "Fn::…": … }`: what it gives is known at the deployment only. */
const isIntrinsic = (value: unknown): boolean =>
  isObject(value) && Object.keys(value).length === 1 && /^(Ref|Fn::\w+)$/.test(Object.keys(value)[0] ?? "");

function typeFaults(place: string, value: unknown, type: PropertyType): string[] {
  if (isIntrinsic(value)) return [];
  const must = (holds: boolean, what: string): string[] =>
    holds ? [] : [`${place}: must be ${what}, is ${JSON.stringify(value)}`];
  switch (type.type) {
    case "string":
    case "date-time":
      return must(typeof value === "string", "a string");
    case "integer":
      return must(Number.isInteger(value), "a whole number");
    case "number":
      return must(typeof value === "number", "a number");
    case "boolean":
      return must(typeof value === "boolean", "true or false");
    case "json":
      return must(isObject(value) || Array.isArray(value) || typeof value === "string", "JSON");
    case "null":
      return must(value === null, "nothing");
    case "tag":
      return must(isObject(value) && "Key" in value && "Value" in value, "a tag");
    case "array":
      if (!Array.isArray(value)) return must(false, "a list");
      return value.flatMap((item, index) => typeFaults(`${place}[${index}]`, item, type.element));
    case "map":
      if (!isObject(value)) return must(false, "a map");
      return Object.entries(value).flatMap(([key, item]) =>
        typeFaults(`${place}.${key}`, item, type.element),
      );
    case "ref":
      if (!isObject(value)) return must(false, "a map of settings");
      return objectFaults(place, value, database.get("typeDefinition", type.reference).properties);
    case "union": {
      const variants = type.types.map((variant) => typeFaults(place, value, variant));
      return variants.find((faults) => faults.length === 0) ?? variants[0] ?? [];
    }
  }
}
