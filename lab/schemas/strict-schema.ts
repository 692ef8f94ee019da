// Turns the API server's description of its types into JSON schemas that know every field and refuse all others, as
// https://github.com/yannh/kubeconform/blob/v0.7.0/scripts/openapi2jsonschema.py does. It is stricter in one point: an
// optional field may be left out, but not be null.

/** A JSON schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a schema is for. */
export interface GroupVersionKind {
    /** Empty for the core group. */
    readonly group: string;
    readonly version: string;
    readonly kind: string;
}

/** Schemas by the names by which they refer to each other, as in `swagger.json`. */
export type Definitions = Readonly<Record<string, Schema>>;

const referencePrefix = "#/definitions/";
/** Written as text, and as plain numbers too: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** Name of the file in which kubeconform looks for the schema of a kind. */
export function schemaFileName({ group, version, kind }: GroupVersionKind): string {
    const [firstLabel = ""] = group.split(".");
    return `${[kind, ...(firstLabel === "" ? [] : [firstLabel]), version].join("-").toLowerCase()}.json`;
}

/** The schema of every kind that the definitions describe, each whole in itself, by file name. */
export function builtInSchemas(definitions: Definitions): ReadonlyMap<string, Schema> {
    const schemas = new Map<string, Schema>();
    for (const [name, definition] of Object.entries(definitions)) {
        const kinds = (definition["x-kubernetes-group-version-kind"] ?? []) as readonly GroupVersionKind[];
        for (const kind of kinds) {
            schemas.set(schemaFileName(kind), whole({ $ref: `${referencePrefix}${name}` }, definitions));
        }
    }
    return schemas;
}

/** A definition of a resource type, as far as it is read here. */
export interface ResourceDefinition {
    readonly spec: {
        readonly group: string;
        readonly names: { readonly kind: string };
        readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
    };
}

/**
 * The schemas of a custom resource type, one a version, by file name.
 *
 * @param definitions those of the API server, which knows what metadata are
 */
export function customSchemas({ spec }: ResourceDefinition, definitions: Definitions): ReadonlyMap<string, Schema> {
    return new Map(
        spec.versions.map(({ name: version, schema }) => {
            const { openAPIV3Schema } = schema;
            const properties = { ...(openAPIV3Schema.properties as object), metadata: reference(objectMeta) };
            const file = schemaFileName({ group: spec.group, version, kind: spec.names.kind });
            return [file, whole({ ...openAPIV3Schema, properties }, definitions)];
        }),
    );
}

function reference(name: string): Schema {
    return { $ref: `${referencePrefix}${name}` };
}

/** The schema with every definition that it needs, directly or through others. */
function whole(schema: Schema, definitions: Definitions): Schema {
    const needed = new Map<string, unknown>();
    const waiting = [...namesIn(schema)];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        if (!needed.has(name)) {
            const definition = definitions[name];
            if (definition === undefined) {
                throw new Error(`${name} is referred to and not defined`);
            }
            needed.set(
                name,
                name === quantity ? { oneOf: [{ type: "string" }, { type: "number" }] } : strict(definition),
            );
            waiting.push(...namesIn(definition));
        }
    }
    return { ...strict(schema), definitions: Object.fromEntries(needed) };
}

function namesIn(value: unknown): readonly string[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([key, part]) =>
        key === "$ref" && typeof part === "string" ? [part.slice(referencePrefix.length)] : namesIn(part),
    );
}

/**
 * The same schema, in which objects with known properties have no others, and what may be a number may be one. What stands
 * under `anyOf` and its like stays as it is: it only restricts properties that are listed outside of it
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 */
function strict(schema: Schema): Schema {
    if (schema.format === "int-or-string") {
        return { oneOf: [{ type: "string" }, { type: "integer" }] };
    }
    const { properties, items, additionalProperties } = schema;
    const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
    return {
        ...schema,
        ...(isSchema(items) && { items: strict(items) }),
        ...(isSchema(additionalProperties) && { additionalProperties: strict(additionalProperties) }),
        ...(isSchema(properties) && {
            properties: Object.fromEntries(
                Object.entries(properties).map(([name, property]) => [name, strict(property as Schema)]),
            ),
            additionalProperties: isSchema(additionalProperties) ? strict(additionalProperties) : isOpen,
        }),
    };
}

function isSchema(value: unknown): value is Schema {
    return typeof value === "object" && value !== null;
}
