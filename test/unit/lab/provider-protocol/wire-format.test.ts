import assert from "node:assert/strict";
import fc from "fast-check";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import {
    type PropertyMap,
    type PropertyValue,
    Secret,
    unknown,
} from "../../../../lab/providers/protocol/property-values.ts";
import { fromWire, toWire } from "../../../../lab/providers/protocol/wire-format.ts";

/** What the engine's documentation calls the special signature, and two of its values. */
const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";
const assetMark = "c44067f5952c0a294b673a41bacd8c17";
const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const name = fc.string({ minLength: 1 }).filter((text) => !["__proto__", signature].includes(text));
const { value } = fc.letrec<{ value: PropertyValue }>((tie) => ({
    value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(null, true, false, unknown),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
        fc.string(),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(name, tie("value"), { maxKeys: 3 }).map((map) => ({ ...map })),
        tie("value").map((inner) => new Secret(inner)),
    ),
}));
const properties = fc.dictionary(name, value, { maxKeys: 4 }).map((map) => ({ ...map }) as PropertyMap);

describe("property values on the wire", () => {
    it("come back as they were sent, with what is secret and what is not known", () => {
        fc.assert(fc.property(properties, (sent) => assert.deepEqual(fromWire(toWire(sent)), sent)));
    });

    it("carry the marks that the engine knows", () => {
        assert.deepEqual(toWire({ password: new Secret("x"), address: unknown }).toJavaScript(), {
            password: { [signature]: secretMark, value: "x" },
            address: unknownMark,
        });
    });

    it("refuse marks that are not covered, such as assets", () => {
        const message = structs.Struct.fromJavaScript({ file: { [signature]: assetMark, text: "x" } });
        assert.throws(() => fromWire(message), /signature c44067f5952c0a294b673a41bacd8c17, which is not covered/);
    });

    it("are none where a message carries none", () => {
        assert.deepEqual(fromWire(undefined), {});
    });
});
