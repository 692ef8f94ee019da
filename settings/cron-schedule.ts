// Cron lines as settings.

import { allowedSchedule, parseSchedule } from "../formats/cron-schedule.ts";
import type { ValueKind } from "./value-kind.ts";

/** A cron line of exactly five fields that comes due at some time. */
export const cronSchedule: ValueKind<string> = { engineType: "string", allowed: allowedSchedule, parse: parseSchedule };
