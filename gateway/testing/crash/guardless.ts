import type { Guard } from "../../../protocol/guards.ts";
import type { StartOptions } from "../server-process.ts";

const WITHOUT_GUARDS = new URL("../../../engine/testing/without-guards.js", import.meta.url);

/** How a venue is started that lacks a guard. */
export function without(guard: Guard): StartOptions {
  return { nodeOptions: ["--import", WITHOUT_GUARDS.href], env: { FAIRLEAD_WITHOUT_GUARDS: guard } };
}
