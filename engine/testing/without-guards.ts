/**
 * Takes guards away in every thread of a process that is started with `node --import <this file>`: those that FAIRLEAD_WITHOUT_GUARDS
 * names, separated by commas. Only tests do that, to show that they would notice.
 */
import { type Guard, takeAway } from "../../protocol/guards.ts";

takeAway(...((process.env["FAIRLEAD_WITHOUT_GUARDS"] ?? "").split(",") as Guard[]));
