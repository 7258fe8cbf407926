/**
 * One session of the load: sends its flow's requests when the pacer says so, and takes the time of each first answer.
 *
 * Request number n of the session has client order id `firstClientOrderId + n`; cancels have one too. So an answer finds
 * its request by subtraction, and later reports about the same order (its trades, its end) find none.
 */
import type { BusinessReject, ExecutionReport } from "../client/messages.ts";
import { ExecType, OrderType, RejectReason, RequestType, TimeInForce } from "../protocol/codes.ts";
import type { LatencyRecorder } from "./latency-recorder.ts";
import { LATE_MS } from "./load-counts.ts";
import type { Answer, LoadCounts } from "./load-counts.ts";
import type { OrderFlow } from "./order-flow.ts";
import { PendingRequests } from "./pending-requests.ts";
import type { ProgressLane } from "./progress-board.ts";
import type { RunClock } from "./run-clock.ts";

/** What a session sends on: an OrderEntryConnection, or in tests something that answers as told. */
export interface OrderEntry {
  sendNewOrder(
    clientOrderId: number,
    instrumentId: number,
    side: ExecutionReport["side"],
    orderType: OrderType,
    timeInForce: TimeInForce,
    price: number,
    orderQty: number,
    receipt: boolean,
  ): void;
  sendCancelOrder(clientOrderId: number, origClientOrderId: number, instrumentId: number, receipt: boolean): void;
  sendReplaceOrder(
    clientOrderId: number,
    origClientOrderId: number,
    instrumentId: number,
    price: number,
    orderQty: number,
    receipt: boolean,
  ): void;
  /** Hands what was sent to the socket, in one write. */
  flush(): void;
}

/** What the sessions of one worker share. */
export interface Measurement {
  readonly clock: RunClock;
  readonly recorder: LatencyRecorder;
  readonly counts: LoadCounts;
  readonly progress: ProgressLane;
}

export class LoadSession {
  readonly #flow: OrderFlow;
  readonly #firstClientOrderId: number;
  readonly #clock: RunClock;
  readonly #recorder: LatencyRecorder;
  readonly #counts: LoadCounts;
  readonly #progress: ProgressLane;
  readonly #pending = new PendingRequests();
  #orderEntry: OrderEntry | undefined;

  constructor(flow: OrderFlow, firstClientOrderId: number, measurement: Measurement) {
    this.#flow = flow;
    this.#firstClientOrderId = firstClientOrderId;
    this.#clock = measurement.clock;
    this.#recorder = measurement.recorder;
    this.#counts = measurement.counts;
    this.#progress = measurement.progress;
  }

  /** Before the first request: connections and sessions name each other. */
  attach(orderEntry: OrderEntry): void {
    this.#orderEntry = orderEntry;
  }

  /** Requests that wait for their first answer. */
  get pendingCount(): number {
    return this.#pending.count;
  }

  /** Measured requests that still wait. */
  countUnanswered(): number {
    return this.#pending.countMatching((dueMs) => this.#recorder.measures(dueMs));
  }

  /** Writes the session's next request into the batch that flush will send. */
  queue(runIndex: number, dueMs: number): void {
    const { kind, clientOrderId, origClientOrderId, instrumentId, side, price, orderQty, receipt } =
      this.#flow.next(runIndex);
    this.#pending.add(dueMs);
    if (this.#recorder.measures(dueMs)) {
      this.#counts.planned++;
      this.#counts.byKind[kind]++;
    }
    const orderEntry = this.#orderEntry;
    if (kind === "cancel") {
      orderEntry?.sendCancelOrder(clientOrderId, origClientOrderId, instrumentId, receipt);
    } else if (kind === "replace") {
      orderEntry?.sendReplaceOrder(clientOrderId, origClientOrderId, instrumentId, price, orderQty, receipt);
    } else {
      const timeInForce = kind === "ioc" ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancel;
      const { Limit } = OrderType;
      orderEntry?.sendNewOrder(clientOrderId, instrumentId, side, Limit, timeInForce, price, orderQty, receipt);
    }
  }

  /** Sends the batch. What was queued counts as sent at the moment of this one write. */
  flush(): void {
    const sentMs = this.#clock.nowMs();
    const inWindow = this.#recorder.windowIncludes(sentMs);
    const end = this.#pending.addedCount;
    for (let number = this.#pending.stampSent(sentMs); number < end; number++) {
      this.#progress.countSent();
      if (inWindow) this.#counts.sentInWindow++;
      const dueMs = this.#pending.dueMs(number);
      if (!this.#recorder.measures(dueMs)) continue;
      this.#recorder.recordSent(dueMs, sentMs);
      if (sentMs - dueMs > LATE_MS) this.#counts.sentLate++;
    }
    this.#orderEntry?.flush();
  }

  onExecutionReport(report: ExecutionReport): void {
    const nowMs = this.#clock.nowMs();
    const answer = answerOf(report.execType);
    if (answer === "traded" && this.#recorder.windowIncludes(nowMs)) this.#counts.tradeReports++;
    this.#onAnswer(report.clientOrderId, answer, report.rejectReason, nowMs, report);
  }

  onBusinessReject(reject: BusinessReject): void {
    const nowMs = this.#clock.nowMs();
    this.#onAnswer(reject.clientOrderId, "rejected", reject.rejectReason, nowMs, undefined);
    if (leavesOrderOpen(reject)) this.#flow.turnedAway(reject.origClientOrderId, reject.instrumentId);
  }

  #onAnswer(
    clientOrderId: number,
    answer: Answer,
    rejectReason: RejectReason,
    nowMs: number,
    report: ExecutionReport | undefined,
  ): void {
    const number = clientOrderId - this.#firstClientOrderId;
    if (!this.#pending.isPending(number)) return;
    const dueMs = this.#pending.dueMs(number);
    const sentMs = this.#pending.sentMs(number);
    this.#pending.remove(number);
    this.#progress.countAnswered();
    if (this.#recorder.windowIncludes(nowMs)) this.#counts.answeredInWindow++;
    if (!this.#recorder.measures(dueMs)) return;
    this.#counts.answered++;
    this.#counts.byAnswer[answer]++;
    if (answer === "rejected") this.#countReject(rejectReason);
    this.#recorder.recordAnswer(dueMs, sentMs, nowMs);
    this.#progress.recordLatency(nowMs - dueMs);
    if (report?.receipt) this.#recorder.recordReceipt(report.receipt);
  }

  #countReject(reason: RejectReason): void {
    const rejects = this.#counts.rejectsByReason;
    rejects[reason] = (rejects[reason] ?? 0) + 1;
  }
}

function answerOf(execType: ExecType): Answer {
  switch (execType) {
    case ExecType.New:
      return "accepted";
    case ExecType.Trade:
      return "traded";
    case ExecType.Replaced:
      return "replaced";
    case ExecType.Canceled:
      return "canceled";
    case ExecType.Expired:
      return "expired";
    case ExecType.Rejected:
      return "rejected";
    case ExecType.OrderStatus:
    case ExecType.Triggered:
    case ExecType.TradePrevented:
    case ExecType.TradeBusted:
    case ExecType.TradeCorrected:
    case ExecType.Restated:
    case ExecType.Unspecified:
      return "status";
    default:
      // A code of a newer venue is an answer too.
      execType satisfies never;
      return "status";
  }
}

/** A cancel or replace was refused for another reason than that its order has ended. */
function leavesOrderOpen({ requestType, rejectReason }: BusinessReject): boolean {
  const namesOrder = requestType === RequestType.CancelOrder || requestType === RequestType.ReplaceOrder;
  return namesOrder && rejectReason !== RejectReason.UnknownOrder && rejectReason !== RejectReason.OrderClosed;
}
