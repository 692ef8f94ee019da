// The configuration that the engine hands to the program. Apart from settings.ts, so that commands which read a stack's
// file do not load Pulumi's SDK: that takes half of a second.

import * as pulumi from "@pulumi/pulumi";
import { parseSettings, type Settings } from "./index.ts";
import { mergeConfig } from "./stack-config.ts";

/**
 * The settings of the stack that the engine is running.
 *
 * @throws SettingsError with every wrong setting; call this before any resource is made
 */
export function loadSettings(): Settings {
    const stack = pulumi.getStack();
    // The language host tells which keys are secret by this variable only; the SDK reads it too, but keeps it to itself.
    const secretKeys = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
    const { values, origins } = mergeConfig(stack, pulumi.runtime.allConfig(), secretKeys);
    return parseSettings(stack, values, origins);
}
