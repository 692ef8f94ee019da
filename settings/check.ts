// Checks the configuration of a stack as a whole: every value by itself, unknown keys, and the rules between settings.

import { stackName } from "../formats/data-streams.ts";
import { type Key, keys, kinds, namespace, qualified, type Values } from "./keys.ts";
import { nearest } from "./nearest.ts";
import type { OtherNumber } from "./project-files.ts";
import { type Problem, SettingsError, shellArgument } from "./report.ts";
import { type Breach, breaches, type CheckedValues } from "./rules.ts";
import type { Origin, StackConfig } from "./stack-config.ts";
import type { ValueKind, WrongPart } from "./value-kind.ts";

const unknownOrigin: Origin = { place: "stack configuration" };
const maskedValue = "(secret)";
const maskedReason = "it is not right; why is not shown, because it is secret";

/**
 * The values of all settings.
 *
 * @throws SettingsError with every wrong setting
 */
export function checkedValues(stack: string, config: StackConfig): Values {
    const check = new Check(stack, config);
    const values: Record<string, unknown> = {};
    for (const key of keys) {
        const parsed = check.value(key);
        if (parsed) {
            values[key] = parsed.value;
        }
    }
    check.stackName();
    check.unknownKeys();
    for (const breach of breaches(values as CheckedValues, stack)) {
        check.breach(breach);
    }
    if (check.problems.length > 0) {
        throw new SettingsError(stack, check.problems);
    }
    return values as Values;
}

function notPlain({ written, read }: OtherNumber): string {
    return `it is written ${written}, and the Pulumi CLI reads ${read}`;
}

/** What was most likely meant: the digits for a number, the text as it is written for a text; else what was read. */
function likelyNumber(kind: ValueKind<unknown>, { written, read }: OtherNumber): string | undefined {
    return [withoutZeros(written), written, read].find((text) => text !== undefined && "value" in kind.parse(text));
}

/** The decimal digits of 030; undefined of what is not written in decimal digits. */
function withoutZeros(written: string): string | undefined {
    return /^0+\d+$/.test(written) ? String(Number(written)) : undefined;
}

/** Collects what is wrong with one stack's configuration. */
class Check {
    readonly problems: Problem[] = [];
    readonly #stack: string;
    readonly #config: StackConfig;

    constructor(stack: string, config: StackConfig) {
        this.#stack = stack;
        this.#config = config;
    }

    /** The value of a setting; undefined, with a problem noted, when it is not right. */
    value(key: Key): { readonly value: unknown } | undefined {
        const { allowed } = kinds[key];
        const text = this.#config.values[qualified(key)];
        if (text === undefined) {
            this.#add(key, { wrong: "it is not set", allowed });
            return undefined;
        }
        const alsoIn = this.#origin(key).alsoIn;
        if (alsoIn !== undefined) {
            const wrong = `it is set twice, the other time in ${alsoIn}`;
            this.#add(key, { wrong, allowed: "one of the two", fix: this.#command("rm", key) });
            return undefined;
        }
        if (this.#isKindOfSecret(key) && text !== "" && !this.#isEncrypted(key)) {
            const wrong = "it is in plain text, for everybody who reads the stack file";
            this.#add(key, { wrong, allowed: "a new one, encrypted with --secret" });
            return undefined;
        }
        const kind: ValueKind<unknown> = kinds[key];
        const written = this.#origin(key).otherNumbers?.get("");
        if (written) {
            this.#add(key, { wrong: notPlain(written), allowed, suggestion: likelyNumber(kind, written) });
            return undefined;
        }
        if (kind.fields && this.#isEncrypted(key)) {
            const wrong = "it is secret, and what it names has to be read by everybody";
            this.#add(key, { wrong, allowed: `${allowed}, without --secret`, fix: this.#command("rm", key) });
            return undefined;
        }
        const parsed = kind.parse(text);
        if ("value" in parsed) {
            for (const part of parsed.parts ?? []) {
                this.#addPart(key, part);
            }
            for (const [path, number] of this.#origin(key).otherNumbers ?? []) {
                this.#addPart(key, {
                    path,
                    value: number.read,
                    wrong: notPlain(number),
                    allowed: "a number in plain decimal digits, or a text in quotes",
                    suggestion: withoutZeros(number.written),
                });
            }
            return parsed;
        }
        const { wrong, suggestion } = this.#isSecret(key) ? { wrong: maskedReason } : parsed;
        this.#add(key, { wrong, allowed, suggestion });
        return undefined;
    }

    /** Notes a name that Elasticsearch refuses at the end of a data stream's. */
    stackName(): void {
        const stack = this.#stack;
        if (stackName.test(stack)) {
            return;
        }
        const meant = stack.toLowerCase().replace(/^[_.-]+/, "");
        this.problems.push({
            key: "name of the stack",
            value: stack,
            wrong: "the names of Elasticsearch's data streams end with it, and those are in lower case",
            allowed: 'lower-case letters, digits, "-", "_" and ".", a letter or digit first, such as prod',
            place: "pulumi stack init, or PULUMI_STACK",
            because: [],
            fix: `pulumi stack rename --stack ${shellArgument(stack)} ${shellArgument(meant)}`,
        });
    }

    /** Notes every key that is no setting, in the namespace or in one that was mistyped. */
    unknownKeys(): void {
        const known = new Set(keys.map(qualified));
        for (const full of Object.keys(this.#config.values)) {
            const key = full.slice(full.indexOf(":") + 1);
            const isForeign = !full.startsWith(`${namespace}:`) && !keys.some((setting) => setting === key);
            if (!known.has(full) && !isForeign) {
                this.#unknownKey(full, key);
            }
        }
    }

    #unknownKey(full: string, key: string): void {
        const group = keys.filter((setting) => setting.startsWith(`${key}.`));
        const meant = keys.find((setting) => setting === key || setting.endsWith(`.${key}`)) ?? nearest(key, keys);
        const remove = this.#command("rm", full);
        if (group.length > 0) {
            this.#add(full, { wrong: `it is a group of settings: ${group.join(", ")}`, fix: remove });
        } else if (meant === undefined) {
            this.#add(full, { wrong: "there is no such setting; Pulumi.yaml lists them all", fix: remove });
        } else {
            const set = this.#command("set", meant, this.#config.values[full]);
            const wrong = `there is no such setting; did you mean ${qualified(meant)}?`;
            this.#add(full, { wrong, fix: this.#isSecret(full) ? remove : `${remove} && ${set}` });
        }
    }

    /** Notes settings that do not go together. */
    breach({ key, because, wrong, allowed, suggestion, part }: Breach): void {
        const others = because.map(
            (other) => `${other} is ${this.#shown(other) || "empty"} (${this.#origin(other).place})`,
        );
        if ([key, ...because].some((involved) => this.#shown(involved) === maskedValue)) {
            this.#add(key, { wrong: `it does not go with ${because.join(", ")}`, allowed: kinds[key].allowed }, others);
        } else if (part) {
            this.#addPart(key, { ...part, wrong, allowed, suggestion }, others);
        } else {
            this.#add(key, { wrong, allowed, suggestion }, others);
        }
    }

    /** @param others settings that the part does not go with, each with its value and place */
    #addPart(key: Key, part: WrongPart, others: readonly string[] = []): void {
        const { path, value, wrong, allowed, suggestion, meant } = part;
        const full = qualified(key);
        const placeOf = (inner: string): string => {
            const { parts, place } = this.#origin(key);
            return parts?.get(inner) ?? place;
        };
        const because = (part.because ?? []).map((other) => `${full}${other} (${placeOf(other)})`);
        const command = (verb: "set" | "rm", inner: string, ...rest: readonly string[]): string =>
            ["pulumi", "config", verb, "--stack", this.#stack, "--path", `${full}${inner}`, ...rest]
                .map(shellArgument)
                .join(" ");
        const fix = part.isForeign
            ? [command("rm", path), ...(meant === undefined ? [] : [command("set", meant, value)])].join(" && ")
            : command("set", path, suggestion ?? "<value>");
        this.problems.push({
            key: `${full}${path}`,
            value,
            wrong,
            allowed,
            place: placeOf(path),
            because: [...because, ...others],
            fix,
        });
    }

    #add(
        key: string,
        about: { wrong: string; allowed?: string; suggestion?: string; fix?: string },
        because: readonly string[] = [],
    ): void {
        const { wrong, allowed, suggestion } = about;
        const fix = about.fix ?? this.#command(suggestion === "" ? "rm" : "set", key, suggestion);
        const { place } = this.#origin(key);
        this.problems.push({ key: qualified(key), value: this.#shown(key), wrong, allowed, place, because, fix });
    }

    #command(verb: "set" | "rm", key: string, value = "<value>"): string {
        const path = this.#origin(key).nested ? ["--path"] : [];
        const secret = verb === "set" && this.#isSecret(key) ? ["--secret"] : [];
        const words = ["pulumi", "config", verb, "--stack", this.#stack, ...path, ...secret, qualified(key)];
        const command = words.map(shellArgument).join(" ");
        if (verb === "rm") {
            return command;
        }
        return `${command} ${this.#isKindOfSecret(key) ? '"$(openssl rand -hex 32)"' : shellArgument(value)}`;
    }

    #origin(key: string): Origin {
        return this.#config.origins[qualified(key)] ?? unknownOrigin;
    }

    /** The engine was told that it is, or it should have been. */
    #isSecret(key: string): boolean {
        return this.#isEncrypted(key) || this.#isKindOfSecret(key);
    }

    #isKindOfSecret(key: string): boolean {
        const kind: ValueKind<unknown> | undefined = keys.includes(key as Key) ? kinds[key as Key] : undefined;
        return kind?.isSecret === true;
    }

    #isEncrypted(key: string): boolean {
        return this.#origin(key).secret === true;
    }

    #shown(key: string): string {
        const value = this.#config.values[qualified(key)] ?? "";
        return this.#isSecret(key) && value !== "" ? maskedValue : value;
    }
}
