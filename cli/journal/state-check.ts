/** Takes over the states of snapshots, one after the other, into one engine that is made for it. */
import { raiseInliningBudget } from "../../engine/compiler-settings.ts";
import { EventOutbox } from "../../engine/event-outbox.ts";
import type { Genesis } from "../../engine/journal/genesis.ts";
import { takeOver } from "../../engine/journal/snapshot-file.ts";
import { createMatchingEngine } from "../../engine/matching-engine.ts";
import { createRing } from "../../protocol/ring/ring-layout.ts";
import type { StateCheck } from "./journal-survey.ts";

/** Nothing is applied, so there is nothing to tell. */
const RING_SLOTS = 2;

export function createStateCheck({ config }: Genesis): StateCheck {
  raiseInliningBudget();
  const outbox = new EventOutbox([createRing(RING_SLOTS)], () => {});
  const engine = createMatchingEngine({ ...config, gatewayCount: 1 }, outbox);
  return (file) => {
    try {
      return takeOver(engine, file);
    } catch (error) {
      return `its state does not fit the engine of genesis.json: ${(error as Error).message}`;
    }
  };
}
