/**
 * Nothing is lost: every lot that was entered has been executed, rests, was canceled or expired, or was taken by a decrement or a
 * linked order. Kept from the reports of sessions that read all of theirs, and from nothing else.
 */
import { ExecType, OrderStatus, OrderType } from "../../../protocol/codes.ts";
import { EventKind, NO_SESSION } from "../../../protocol/record/event-record.ts";
import { assert } from "../../../protocol/assert.ts";
import type { EventFields } from "../event-fields.ts";

interface Account {
  orderQty: number;
  /** Sum of its trades. */
  executed: number;
  leaves: number;
}

export class Conservation {
  readonly #orders = new Map<number, Account>();
  #entered = 0;
  #executed = 0;
  #ended = 0;
  #taken = 0;

  apply(events: readonly (readonly EventFields[])[]): void {
    for (const own of events) for (const event of own) if (isOwnReport(event)) this.#report(event);
  }

  /** @param restingQty The leaves of all open orders, as the book has them. */
  assertBalanced(restingQty: number): void {
    const resting = [...this.#orders.values()].reduce((sum, { leaves }) => sum + leaves, 0);
    assert(resting === restingQty, "what reports say is open is what the book has");
    const whereItWent = this.#executed + resting + this.#ended + this.#taken;
    assert(this.#entered === whereItWent, "entered = executed + resting + canceled + expired + taken");
  }

  #report(event: EventFields): void {
    const { orderId, orderQty, cumQty, leavesQty, execType, lastQty } = event;
    const account = this.#orders.get(orderId) ?? { orderQty: 0, executed: 0, leaves: 0 };
    this.#orders.set(orderId, account);
    this.#bookChange(account, event);
    if (execType === ExecType.Trade) {
      account.executed += lastQty;
      this.#executed += lastQty;
    }
    assert(account.executed === cumQty, "cumQty is the sum of the trades");
    const isOpen = event.status === OrderStatus.New || event.status === OrderStatus.PartiallyFilled;
    if (isOpen) assert(orderQty === cumQty + leavesQty, "orderQty = cumQty + leavesQty while the order is open");
    else assert(leavesQty === 0, "an ended order has nothing open");
    if (!isOpen && execType !== ExecType.Trade) this.#ended += orderQty - cumQty;
    account.leaves = leavesQty;
  }

  /** A replace enters lots or takes them back; a quote amount is entered as it trades; all else is taken away. */
  #bookChange(account: Account, { execType, orderType, orderQty }: EventFields): void {
    const grown = orderQty - account.orderQty;
    const isEntered = execType === ExecType.New || execType === ExecType.Replaced || orderType === OrderType.Market;
    if (isEntered) this.#entered += grown;
    else {
      assert(grown <= 0, "only a replace makes an order larger");
      this.#taken -= grown;
    }
    account.orderQty = orderQty;
  }
}

/** Not the state of an order, which may be that of a replaced id, nor what is told of its past trades. */
function isOwnReport({ kind, session, execType }: EventFields): boolean {
  const isPast =
    execType === ExecType.OrderStatus || execType === ExecType.TradeBusted || execType === ExecType.TradeCorrected;
  const isRefused = execType === ExecType.Rejected;
  return kind === EventKind.ExecutionReport && session !== NO_SESSION && !isPast && !isRefused;
}
