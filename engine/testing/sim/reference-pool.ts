/** Engines that worlds use one after the other, as making one takes longer than most of what a world does with it. */
import type { EngineConfig } from "../../engine-config.ts";
import { Reference } from "./reference.ts";

export interface References {
  readonly settled: Reference;
  readonly scout: Reference;
  /** For recoveries that are only tried. */
  readonly probe: Reference;
}

const pools = new Map<EngineConfig, References>();

export function referencesOf(config: EngineConfig): References {
  const known = pools.get(config);
  if (known !== undefined) return known;
  const made = { settled: new Reference(config), scout: new Reference(config), probe: new Reference(config) };
  pools.set(config, made);
  return made;
}

export function forgetReferences(): void {
  pools.clear();
}
