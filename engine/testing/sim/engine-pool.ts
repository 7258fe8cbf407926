/**
 * Engines that lives of venues use one after the other, as making one takes longer than most of what a life does with it. An engine
 * comes out of here as it was made. One that was stopped in the middle of a command does not come back.
 */
import { emptyRing, createRing } from "../../../protocol/ring/ring-layout.ts";
import type { EngineConfig } from "../../engine-config.ts";
import { EventOutbox } from "../../event-outbox.ts";
import { type MatchingEngine, createMatchingEngine } from "../../matching-engine.ts";
import type { Snapshot } from "../../snapshot.ts";

export class PooledEngine {
  readonly engine: MatchingEngine;
  readonly outbox: EventOutbox;
  readonly eventRings: readonly SharedArrayBuffer[];
  /** What to do about a full event ring. */
  onFull: (gateway: number) => void = () => {};
  readonly #beginning: Snapshot;

  /** @param eventRings By gateway. */
  constructor(config: EngineConfig, eventRings: readonly SharedArrayBuffer[]) {
    this.eventRings = eventRings;
    this.outbox = new EventOutbox(this.eventRings, (gateway) => this.onFull(gateway));
    this.engine = createMatchingEngine(config, this.outbox);
    this.#beginning = this.engine.save();
  }

  reset(): void {
    this.outbox.unmute();
    for (const ring of this.eventRings) emptyRing(new Int32Array(ring));
    this.engine.restore(this.#beginning);
    this.engine.state.books.followers.fill(0);
  }
}

const pools = new Map<EngineConfig, Map<string, PooledEngine[]>>();

function poolOf(config: EngineConfig, ringSlots: readonly number[]): PooledEngine[] {
  const pool = pools.get(config) ?? new Map<string, PooledEngine[]>();
  const engines = pool.get(ringSlots.join()) ?? [];
  pools.set(config, pool);
  pool.set(ringSlots.join(), engines);
  return engines;
}

/** @param ringSlots Of the event ring to each gateway. */
export function takeEngine(config: EngineConfig, ringSlots: readonly number[]): PooledEngine {
  const engine =
    poolOf(config, ringSlots).pop() ??
    new PooledEngine(
      config,
      ringSlots.map((slots) => createRing(slots)),
    );
  engine.reset();
  return engine;
}

export function giveBack(engine: PooledEngine, config: EngineConfig, ringSlots: readonly number[]): void {
  poolOf(config, ringSlots).push(engine);
}

/** Engines that are made from now on are made anew: what they read when they are made may have changed. */
export function forgetEngines(): void {
  pools.clear();
}
