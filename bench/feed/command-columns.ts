/**
 * Order commands as columns: the form in which prepared commands enter the engine without being parsed. Row n of every column
 * is command n; session, instrument, sequence and time are given by whoever feeds the rows (engine-feed.ts), so that the
 * same rows serve any number of passes.
 *
 * The columns lie in shared memory: a worker thread is handed them, not a copy.
 */
import { assert } from "../../protocol/assert.ts";
import { OrderType, TimeInForce } from "../../protocol/codes.ts";
import { CommandKind, commandHead } from "../../protocol/record/command-record.ts";
import { type Flow, FlowOp } from "../book/flow.ts";

export interface CommandColumns {
  readonly count: number;
  /** As CMD_HEAD: kind, side, order type, time in force. */
  readonly head: Int32Array;
  /** Of a new order; 0 in others. */
  readonly clientOrderId: Int32Array;
  /** Names the order in cancels and replaces. */
  readonly origClientOrderId: Int32Array;
  /** Ticks. */
  readonly price: Int32Array;
  /** Lots; in a replace the new total. */
  readonly orderQty: Int32Array;
}

/** Writes rows one after the other; the capacity is fixed, as shared memory does not grow. */
class ColumnWriter {
  readonly #columns: CommandColumns;
  #count = 0;

  constructor(capacity: number) {
    const column = (): Int32Array => new Int32Array(new SharedArrayBuffer(capacity * Int32Array.BYTES_PER_ELEMENT));
    this.#columns = {
      count: capacity,
      head: column(),
      clientOrderId: column(),
      origClientOrderId: column(),
      price: column(),
      orderQty: column(),
    };
  }

  add(head: number, clientOrderId: number, origClientOrderId: number, price: number, orderQty: number): void {
    const [columns, row] = [this.#columns, this.#count];
    assert(row < columns.count, "the columns have room for every row");
    this.#count += 1;
    columns.head[row] = head;
    columns.clientOrderId[row] = clientOrderId;
    columns.origClientOrderId[row] = origClientOrderId;
    columns.price[row] = price;
    columns.orderQty[row] = orderQty;
  }

  finish(): CommandColumns {
    return { ...this.#columns, count: this.#count };
  }
}

/**
 * A flow names quantities that are open, commands name totals. A replace to the same price and quantity keeps its priority
 * in the engine and loses it in a flow: it is sent as two, up by one lot and down again, at our cost.
 */
export function columnsOf(flow: Flow): CommandColumns {
  const writer = new ColumnWriter(2 * flow.count);
  const totalOf = new Int32Array(flow.highestId + 1);
  const priceOf = new Int32Array(flow.highestId + 1);
  for (let i = 0; i < flow.count; i++) {
    const [op, side, id] = [flow.op[i] as number, flow.side[i] as number, flow.id[i] as number];
    const price = flow.price[i] as number;
    if (op === FlowOp.New) {
      const timeInForce = flow.isImmediate[i] === 1 ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancel;
      totalOf[id] = flow.qty[i] as number;
      writer.add(commandHead(CommandKind.NewOrder, side, OrderType.Limit, timeInForce), id, 0, price, totalOf[id]);
    } else if (op === FlowOp.Cancel) {
      writer.add(commandHead(CommandKind.CancelOrder, 0, 0, 0), 0, id, 0, 0);
    } else {
      const head = commandHead(CommandKind.ReplaceOrder, 0, 0, 0);
      const total = totalOf[id] as number;
      if (price === priceOf[id]) writer.add(head, 0, id, price, total + 1);
      writer.add(head, 0, id, price, total);
    }
    priceOf[id] = price;
  }
  return writer.finish();
}
