/** One session that enters orders which trade with nobody, and cancels them again: what a client sees of a disk that is full. */
import { ExecType, RejectReason } from "../../../protocol/codes.ts";
import { buy, cancel } from "../order-frames.ts";
import type { ClientFrame } from "../raw-client.ts";
import { inTime } from "./in-time.ts";
import { LedgerClient, frameIn } from "./ledger-client.ts";

/** Sent at once. */
const BURST = 20;
/** While the disk is full; there is room for at least a segment of them. */
const CANCELS = 100;

export class OrderHolder {
  readonly client: LedgerClient;
  #lastId = 0;
  #open: number[] = [];

  constructor(port: number) {
    this.client = new LedgerClient(port, { session: "holder" });
  }

  /** Enters some orders. @returns how many of them were refused because the disk is full. */
  async enter(): Promise<number> {
    const ids = Array.from({ length: BURST }, () => ++this.#lastId);
    await this.#ask(
      ids,
      ids.map((id) => buy(id, 100, 1)),
    );
    const { refused } = this.client.ledger;
    const refusals = ids.filter((id) => refused.has(id));
    const other = refusals.find((id) => refused.get(id) !== RejectReason.StorageFull);
    if (other !== undefined) throw new Error(`order ${other} was refused for reason ${refused.get(other)}`);
    this.#open.push(...ids.filter((id) => !refused.has(id)));
    return refusals.length;
  }

  /** Cancels its oldest orders, each of which must be canceled then. */
  async cancelSome(): Promise<void> {
    const { told } = this.client.ledger;
    const before = told.length;
    const orderIds = this.#open.splice(0, CANCELS);
    const ids = orderIds.map(() => ++this.#lastId);
    await this.#ask(
      ids,
      orderIds.map((orderId, n) => cancel(orderId, { clientOrderId: ids[n] ?? 0 })),
    );
    const reports = told.slice(before).map((bytes) => frameIn(bytes).executionReport);
    const canceled = reports.filter((report) => (report?.execType as number) === ExecType.Canceled);
    if (canceled.length < ids.length) throw new Error(`${canceled.length} of ${ids.length} orders were canceled`);
  }

  async cancelAll(): Promise<void> {
    const clientOrderId = ++this.#lastId;
    await this.#ask([clientOrderId], [{ massCancel: { clientOrderId } }]);
    this.#open = [];
  }

  /** Asks to cancel what is not there, so often that there may be no room for the requests. {@link settled} waits for the answers. */
  flood(count: number): void {
    this.client.send(...Array.from({ length: count }, () => cancel(1, { clientOrderId: ++this.#lastId })));
  }

  async settled(): Promise<void> {
    await inTime(
      "the answers to a flood",
      this.client.until(() => this.client.unanswered.size === 0),
    );
  }

  async #ask(ids: readonly number[], frames: readonly ClientFrame[]): Promise<void> {
    const { client } = this;
    client.send(...frames);
    await inTime(
      "an answer",
      client.until(() => !ids.some((id) => client.unanswered.has(id))),
    );
    if (client.isClosed) throw new Error("the venue has ended");
  }
}
