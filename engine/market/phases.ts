/** How the phase of an instrument changes: docs/MATCHING.md, section 3, step by step. */
import { CancelReason, Phase, TimeInForce } from "../../protocol/codes.ts";
import { BOOK_PHASE, type BookBase } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { OrderEnding } from "../matching/order-ending.ts";
import { OrderFlag } from "../orders/order-extension.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import type { OrderQuery } from "../orders/order-query.ts";
import { ORD_FLAGS, ORD_WORD, type OrderBase, wordTimeInForce } from "../orders/order-record.ts";
import type { Auction } from "./auction.ts";
import { type PhaseState, reasonAtPhase } from "./phase-state.ts";
import type { Settling } from "./settling.ts";

const AT_THE_OPEN = 1 << TimeInForce.AtTheOpen;
/** On entering continuous trading. Those for the close end if they were in a book already. */
const ENDING_AT_OPEN = AT_THE_OPEN | (1 << TimeInForce.AtTheClose);
const ENDING_AT_CLOSE = AT_THE_OPEN | (1 << TimeInForce.AtTheClose) | (1 << TimeInForce.Day);

export type Phases = ReturnType<typeof createPhases>;

export function createPhases(
  orders: OrderPool,
  books: Books,
  query: OrderQuery,
  ending: OrderEnding,
  state: PhaseState,
  auction: Auction,
  settling: Settling,
) {
  const { i32 } = books;

  /** @returns whether the phase is another one now. Nothing leaves delisted. */
  function change(book: BookBase, phase: number): boolean {
    const before = i32[book + BOOK_PHASE] as number;
    if (before === phase || before === Phase.Delisted) return false;
    settling.touch(book);
    if (phase === Phase.Continuous || (before === Phase.ClosingAuction && phase === Phase.Closed))
      auction.uncross(book);
    state.enter(book, phase);
    if (phase === Phase.Continuous) endOrders(book, ENDING_AT_OPEN);
    else if (phase === Phase.Closed) endOrders(book, ENDING_AT_CLOSE);
    else if (phase === Phase.Delisted) cancelAll(book);
    if (phase === Phase.Continuous) settling.recallLastPrice(book);
    return true;
  }

  /** @param times Bit per time in force whose orders expire. */
  function endOrders(book: BookBase, times: number): void {
    const filter = query.all();
    filter.book = book;
    filter.times = times;
    const count = query.run();
    for (let n = 0; n < count; n++) {
      const order = query.at(n);
      const timeInForce = wordTimeInForce(orders.i32[order + ORD_WORD] as number);
      // The end of one may have ended another that is linked to it.
      if (ending.isOpen(order) && !(times === ENDING_AT_OPEN && isWaiting(order))) {
        ending.expire(order, reasonAtPhase(timeInForce));
      }
    }
  }

  function isWaiting(order: OrderBase): boolean {
    return ((orders.i32[order + ORD_FLAGS] as number) & OrderFlag.Waiting) !== 0;
  }

  function cancelAll(book: BookBase): void {
    query.all().book = book;
    const count = query.run();
    for (let n = 0; n < count; n++) {
      if (ending.isOpen(query.at(n))) ending.cancel(query.at(n), CancelReason.Delisted);
    }
  }

  return { change };
}
