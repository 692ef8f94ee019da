// Between property values and the protocol buffers that carry them.

import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { isMap, type PropertyMap, type PropertyValue, Secret, Unknown, unknown } from "./property-values.ts";

/** Key that marks an object as a special value; its value tells which. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
/** Strings that stand for a value that is not known yet, one for each type it will have. */
const unknownSentinels = new Set([
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The properties that a message carries; a message without any carries none. */
export function fromWire(message: structs.Struct | undefined): PropertyMap {
    const properties = message ? decode(message.toJavaScript() as Json) : {};
    if (!isMap(properties)) {
        throw new Error("the engine sent properties that are no object");
    }
    return properties;
}

/** The message that carries the properties. */
export function toWire(properties: PropertyMap): structs.Struct {
    return structs.Struct.fromJavaScript(encode(properties) as Record<string, structs.JavaScriptValue>);
}

function decode(json: Json): PropertyValue {
    if (typeof json === "string") {
        return unknownSentinels.has(json) ? unknown : json;
    }
    if (Array.isArray(json)) {
        return json.map(decode);
    }
    if (typeof json === "object" && json !== null) {
        const map = json as Readonly<Record<string, Json>>;
        const signature = map[signatureKey];
        if (signature === undefined) {
            return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, decode(value)]));
        }
        if (signature === secretSignature) {
            return new Secret(decode(map.value ?? null));
        }
        throw new Error(`the engine sent a value with signature ${String(signature)}, which is not covered here`);
    }
    return json as null | boolean | number;
}

function encode(value: PropertyValue): Json {
    if (value instanceof Secret) {
        return { [signatureKey]: secretSignature, value: encode(value.value) };
    }
    if (value instanceof Unknown) {
        return unknownString;
    }
    if (Array.isArray(value)) {
        return value.map(encode);
    }
    if (isMap(value)) {
        return Object.fromEntries(
            Object.entries(value)
                .filter((entry): entry is [string, PropertyValue] => entry[1] !== undefined)
                .map(([name, item]) => [name, encode(item)]),
        );
    }
    return value as null | boolean | number | string;
}
