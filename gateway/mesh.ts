/**
 * The shared memory between gateways and engines: one command ring and one event ring for every pair, so that each ring
 * has one producer and one consumer and nobody takes a lock. The main thread makes it and keeps it for the metrics.
 */
import { createDurableSequence } from "../protocol/durable-sequence.ts";
import { createDoorbell } from "../protocol/ring/doorbell.ts";
import { createRing } from "../protocol/ring/ring-layout.ts";

/** What an engine can be ahead of its disk by. At a million commands a second, 16 ms. */
const JOURNAL_RING_SLOTS = 16_384;

/** The rings between one gateway and one engine. */
export interface Lane {
  readonly gateway: number;
  readonly engine: number;
  readonly commandRing: SharedArrayBuffer;
  readonly eventRing: SharedArrayBuffer;
}

export interface Mesh {
  readonly lanes: readonly Lane[];
  /** What each thread sleeps on; indexed by engine, by gateway. */
  readonly engineDoorbells: readonly SharedArrayBuffer[];
  readonly gatewayDoorbells: readonly SharedArrayBuffer[];
  /** Indexed by engine. */
  readonly durableSequences: readonly SharedArrayBuffer[];
  /** From each engine to its journaler. */
  readonly journalRings: readonly SharedArrayBuffer[];
  readonly journalerDoorbells: readonly SharedArrayBuffer[];
}

export interface MeshSize {
  readonly gateways: number;
  readonly engines: number;
  readonly commandRingSlots: number;
  readonly eventRingSlots: number;
}

export function createMesh(size: MeshSize): Mesh {
  const gateways = Array.from({ length: size.gateways }, (_, gateway) => gateway);
  const engines = Array.from({ length: size.engines }, (_, engine) => engine);
  return {
    lanes: gateways.flatMap((gateway) =>
      engines.map((engine) => ({
        gateway,
        engine,
        commandRing: createRing(size.commandRingSlots),
        eventRing: createRing(size.eventRingSlots),
      })),
    ),
    engineDoorbells: engines.map(createDoorbell),
    gatewayDoorbells: gateways.map(createDoorbell),
    durableSequences: engines.map(createDurableSequence),
    journalRings: engines.map(() => createRing(JOURNAL_RING_SLOTS)),
    journalerDoorbells: engines.map(createDoorbell),
  };
}
