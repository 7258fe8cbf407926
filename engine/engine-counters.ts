import type { CounterTable } from "../protocol/telemetry/counters.ts";

/** What an engine worker counts. The position in this table is the position in its counter page. */
export const ENGINE_COUNTERS = [
  { name: "engine_commands_total", help: "Commands sequenced.", type: "counter" },
  { name: "engine_batches_total", help: "Batches of commands taken from a ring.", type: "counter" },
  { name: "engine_open_orders", help: "Orders resting on the books.", type: "gauge" },
  { name: "engine_event_ring_full_total", help: "Looks at an event ring that found no room.", type: "counter" },
] as const satisfies CounterTable;

export const EngineCounter = { Commands: 0, Batches: 1, OpenOrders: 2, EventRingStalls: 3 } as const;
