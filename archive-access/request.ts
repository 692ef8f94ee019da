// What somebody asks of a restore, from texts of a command line or of an environment, all that is wrong reported together.

import { parseSelection, type Selection } from "./selection.ts";
import { type ThawTier, tiers } from "./thawing.ts";

/** A restore, as it is asked for. */
export interface RestoreRequest {
    readonly selection: Selection;
    readonly tier: ThawTier;
    /** Days for which S3 keeps what it retrieves from GLACIER or DEEP_ARCHIVE. */
    readonly days: number;
    /** Hours to wait for S3; undefined: about twice what the tier takes. */
    readonly waitHours: number | undefined;
    /** A retrieval may cost what it costs. */
    readonly isCostAgreed: boolean;
}

/** The texts; what is missing or empty has its default. */
export interface RequestTexts {
    readonly from?: string;
    readonly to?: string;
    readonly category?: string;
    /** `Standard` by default, in any case of letters. */
    readonly tier?: string;
    /** 3 by default. */
    readonly days?: string;
    readonly waitHours?: string;
    readonly isCostAgreed: boolean;
}

/**
 * The request, or everything that is wrong with it.
 *
 * @param nameOf how whoever asks writes the name of a text
 */
export function parseRequest(
    texts: RequestTexts,
    nameOf: (text: keyof RequestTexts) => string,
): { readonly request?: RestoreRequest; readonly problems: readonly string[] } {
    const problems: string[] = [];
    const { from, to, category, isCostAgreed } = texts;
    const tierText = texts.tier || "Standard";
    const tier = tiers.find((one) => one.toLowerCase() === tierText.toLowerCase());
    if (tier === undefined) {
        problems.push(`${nameOf("tier")} ${tierText}: there are ${tiers.join(", ")}`);
    }
    const days = Number(texts.days || 3);
    if (!Number.isInteger(days) || days < 1) {
        problems.push(`${nameOf("days")} ${texts.days}: expected a whole number of at least 1`);
    }
    const waitHours = texts.waitHours ? Number(texts.waitHours) : undefined;
    if (waitHours !== undefined && !(waitHours >= 0)) {
        problems.push(`${nameOf("waitHours")} ${texts.waitHours}: expected a number`);
    }
    for (const name of ["from", "to"] as const) {
        if (!texts[name]) {
            problems.push(`${nameOf(name)} is missing`);
        }
    }
    let selection: Selection | undefined;
    if (from && to) {
        try {
            selection = parseSelection(from, to, category, nameOf);
        } catch (error) {
            problems.push((error as Error).message);
        }
    }
    return problems.length === 0 && selection && tier
        ? { request: { selection, tier, days, waitHours, isCostAgreed }, problems }
        : { problems };
}
