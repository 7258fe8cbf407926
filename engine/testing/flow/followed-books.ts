/** The visible books as one gateway knows them: from snapshots and events alone, as a subscriber would. */
import { Side } from "../../../protocol/codes.ts";
import { CommandKind } from "../../../protocol/record/command-record.ts";
import { EventFlag, EventKind } from "../../../protocol/record/event-record.ts";
import { comparePrices } from "../twin/book-queries.ts";
import type { TwinLevel } from "../twin/book-queries.ts";
import type { CommandFields } from "../command-fields.ts";
import type { EventFields } from "../event-fields.ts";

/** By price. */
type Levels = Map<number, TwinLevel>;

export class FollowedBooks {
  readonly #gateway: number;
  /** By instrument id, then by side. */
  readonly #books = new Map<number, Map<number, Levels>>();

  constructor(gateway: number) {
    this.#gateway = gateway;
  }

  get instrumentIds(): number[] {
    return [...this.#books.keys()];
  }

  /** Best first. */
  levels(instrumentId: number, side: number): TwinLevel[] {
    const levels = this.#books.get(instrumentId)?.get(side)?.values() ?? [];
    return [...levels].toSorted((a, b) => comparePrices(side, a.price, b.price));
  }

  /** @param events Of the command, to all gateways. */
  apply(command: CommandFields, events: readonly (readonly EventFields[])[]): void {
    const own = events[this.#gateway] ?? [];
    if (command.gateway === this.#gateway) this.#startOrEnd(command, own);
    for (const event of own) {
      const sides = this.#books.get(event.instrumentId);
      if (sides !== undefined) applyTo(sides.get(event.side), event);
    }
  }

  #startOrEnd({ kind, instrumentId }: CommandFields, events: readonly EventFields[]): void {
    if (kind === CommandKind.UnfollowBook) this.#books.delete(instrumentId);
    if (kind !== CommandKind.FollowBook || events.at(-1)?.reason !== 0) return;
    const sides: [number, Levels][] = [Side.Buy, Side.Sell].map((side) => [side, new Map()]);
    this.#books.set(instrumentId, new Map(sides));
  }
}

function applyTo(levels: Levels | undefined, event: EventFields): void {
  const { flags, price, levelQty, levelOrderCount, lastPx, prevLevelQty, prevLevelOrderCount } = event;
  const isTold = event.kind === EventKind.SnapshotLevel || (flags & EventFlag.LevelChanged) !== 0;
  if (levels === undefined) return;
  if (isTold) setLevel(levels, { price, qty: levelQty, orderCount: levelOrderCount });
  if ((flags & EventFlag.PrevLevelChanged) !== 0) {
    setLevel(levels, { price: lastPx, qty: prevLevelQty, orderCount: prevLevelOrderCount });
  }
}

function setLevel(levels: Levels, level: TwinLevel): void {
  if (level.orderCount === 0) levels.delete(level.price);
  else levels.set(level.price, level);
}
