/**
 * What a world is like, drawn from its seed: how large things are, how often each part gets its turn, how much goes wrong. Worlds
 * differ a lot, so that each finds what others cannot: a journal that hardly ever gets a turn, rings of four slots, a power cut
 * every few steps.
 */
import { Allocation } from "../../../protocol/codes.ts";
import type { EngineConfig } from "../../engine-config.ts";
import { instrumentOf } from "../engine-rig.ts";
import type { Dice } from "../flow/dice.ts";
import { MAX_WORLD_GATEWAYS, type VenueShape } from "./sim-venue.ts";

/** Forgets no order within one world, and knows every client. */
const ROOMY: EngineConfig = {
  engineIndex: 0,
  gatewayCount: MAX_WORLD_GATEWAYS,
  maxOpenOrders: 256,
  maxEndedOrders: 1024,
  maxPriceLevels: 256,
  maxSessions: 8,
  instruments: [
    instrumentOf(1),
    instrumentOf(2),
    { ...instrumentOf(3), terms: { allocation: Allocation.ProRata, proRataMinQty: 2, topOrderMaxQty: 5 } },
    { ...instrumentOf(4), terms: { dynamicBandBps: 400, volatilityPauseMs: 5, referencePrice: 100 } },
  ],
};

/** The books are full most of the time. */
const TIGHT: EngineConfig = { ...ROOMY, maxOpenOrders: 10, maxPriceLevels: 8 };

/** How often each of these is drawn, one against the other. */
export interface Weights {
  readonly engine: number;
  readonly journaler: number;
  readonly gateway: number;
  readonly request: number;
  readonly connect: number;
  readonly disconnect: number;
  readonly clock: number;
  readonly keeper: number;
  readonly follow: number;
  readonly operator: number;
  readonly crash: number;
  readonly engineDeath: number;
  readonly fault: number;
  readonly space: number;
  readonly probe: number;
}

export interface Climate {
  readonly config: EngineConfig;
  readonly isPlain: boolean;
  readonly clientCount: number;
  readonly shape: Omit<VenueShape, "gatewayCount">;
}

export function drawClimate(dice: Dice): Climate {
  return {
    config: dice.onceIn(3) ? TIGHT : ROOMY,
    isPlain: dice.onceIn(3),
    clientCount: dice.between(1, 5),
    shape: {
      commandSlots: 2 ** dice.between(2, 5),
      eventSlots: 2 ** dice.between(2, 7),
      journalSlots: 2 ** dice.between(2, 6),
      segmentBytes: dice.oneOf([512, 1024, 4096, 16_384]),
      groupBytes: dice.oneOf([144, 1024, 65_536]),
      archivesJournal: dice.onceIn(2),
      snapshotEveryCommands: dice.oneOf([5, 20, 60, 1000]),
    },
  };
}

/** Drawn anew from time to time, so that a part that was slow becomes fast. */
export function drawWeights(dice: Dice): Weights {
  const speed = (): number =>
    dice.weighted([
      [1, 1],
      [3, 10],
      [3, 30],
    ]);
  return {
    engine: speed(),
    journaler: speed(),
    gateway: speed(),
    request: speed() * 2,
    connect: 6,
    disconnect: dice.oneOf([0, 1, 3]),
    clock: 8,
    keeper: dice.oneOf([1, 5]),
    follow: 1,
    operator: dice.oneOf([0, 1]),
    crash: dice.weighted([
      [3, 0],
      [2, 1],
    ]),
    engineDeath: dice.weighted([
      [3, 0],
      [1, 1],
    ]),
    fault: dice.weighted([
      [3, 0],
      [1, 1],
    ]),
    space: dice.weighted([
      [3, 0],
      [1, 1],
    ]),
    probe: dice.weighted([
      [1, 0],
      [1, 1],
    ]),
  };
}
