/** Runs a flow through nodejs-order-book, the most used order book on npm. Ids are made into strings beforehand. */
import { OrderBook } from "nodejs-order-book";
import { type Flow, FlowOp } from "./flow.ts";
import { BUY } from "./reference-book.ts";

export interface PeerFlow {
  readonly flow: Flow;
  readonly ids: readonly string[];
}

export interface PeerOutcome {
  readonly seconds: number;
  readonly bidLots: number;
  readonly offerLots: number;
}

export function preparePeerFlow(flow: Flow): PeerFlow {
  return { flow, ids: Array.from({ length: flow.highestId + 1 }, (_, id) => String(id)) };
}

export function runPeer({ flow, ids }: PeerFlow): PeerOutcome {
  const book = new OrderBook();
  const start = process.hrtime.bigint();
  for (let i = 0; i < flow.count; i++) apply(book, flow, ids, i);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const [offers, bids] = book.depth();
  return { seconds, bidLots: lotsOf(bids), offerLots: lotsOf(offers) };
}

function lotsOf(levels: readonly [number, number][]): number {
  return levels.reduce((sum, [, qty]) => sum + qty, 0);
}

function apply(book: OrderBook, flow: Flow, ids: readonly string[], i: number): void {
  const id = ids[flow.id[i] as number] as string;
  const op = flow.op[i];
  if (op === FlowOp.Cancel) {
    book.cancel(id);
    return;
  }
  const side = (flow.side[i] === BUY ? "buy" : "sell") as never;
  const price = flow.price[i] as number;
  const size = flow.qty[i] as number;
  if (op === FlowOp.Replace) {
    book.modify(id, { price, size });
    return;
  }
  book.limit({ id, side, price, size, timeInForce: (flow.isImmediate[i] === 1 ? "IOC" : "GTC") as never });
}
