/** nodejs-order-book as a SharedBook. */
import { OrderBook } from "nodejs-order-book";
import { Side, unreachable } from "../../protocol/codes.ts";
import type { Depth, Fill, SharedBook, SharedCommand } from "./shared-command.ts";

/** What its calls answer with, as far as it is looked at here. */
type Answer = ReturnType<OrderBook["limit"]>;

export class NodejsOrderBook implements SharedBook {
  readonly #book = new OrderBook();

  apply(command: SharedCommand): Fill[] {
    const id = String(command.id);
    switch (command.type) {
      case "limit": {
        const { price, qty: size, life } = command;
        return fillsOf(this.#book.limit({ id, side: sideOf(command), price, size, timeInForce: life as never }), id);
      }
      case "market":
        return fillsOf(this.#book.market({ side: sideOf(command), size: command.qty }), id);
      case "cancel":
        this.#book.cancel(id);
        return [];
      case "replace":
        return fillsOf(this.#book.modify(id, { price: command.price, size: command.qty }), id);
      default:
        return unreachable(command);
    }
  }

  depth(): Depth {
    const [offers, bids] = this.#book.depth();
    return { bids, offers };
  }
}

function sideOf({ side }: { readonly side: Side }): never {
  return (side === Side.Buy ? "buy" : "sell") as never;
}

/** Resting orders that were filled are in `done`, one that was filled in part is `partial`; both may hold the aggressor too. */
function fillsOf({ done, partial, partialQuantityProcessed }: Answer, aggressor: string): Fill[] {
  const fills = (done as readonly { id: string; price: number; size: number }[])
    .filter(({ id }) => id !== aggressor)
    .map(({ id, price, size }) => ({ restingId: Number(id), price, qty: size }));
  if (partial !== null && partial.id !== aggressor) {
    fills.push({ restingId: Number(partial.id), price: partial.price, qty: partialQuantityProcessed });
  }
  return fills;
}
