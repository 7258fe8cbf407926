/**
 * The life of an order, step by step, each with the command that caused it.
 *
 * A step is told by the report that the engine made of it. Reports for a session that is not connected exist only where the visible book
 * changes; for the rest the record of the order is looked at after each command.
 *
 * Every book is followed, so that such public reports exist at all. A report then comes twice: to the session and to the follower. The
 * number that it has among the reports of its session tells the copy.
 */
import { BOOK_INSTRUMENT_ID } from "../../engine/book/book-record.ts";
import type { MatchingEngine } from "../../engine/matching-engine.ts";
import {
  NO_ORDER,
  ORDER_I32_SHIFT,
  ORD_BOOK,
  ORD_CLIENT_ORDER_ID,
  ORD_CUM_QTY,
  ORD_ORDER_ID,
  ORD_ORDER_QTY,
  ORD_PRICE,
  ORD_SESSION,
  ORD_WORD,
  type OrderBase,
  isOpenStatus,
  wordStatus,
} from "../../engine/orders/order-record.ts";
import { ExecType, OrderStatus } from "../../protocol/codes.ts";
import { MAX_GATEWAYS } from "../../protocol/limits.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_CUM_QTY,
  EVT_DETAIL,
  EVT_HEAD,
  EVT_LAST_PX,
  EVT_LAST_QTY,
  EVT_LEAVES_QTY,
  EVT_ORDER_ID,
  EVT_ORDER_QTY,
  EVT_ORIG_CLIENT_ORDER_ID,
  EVT_PRICE,
  EVT_SESSION,
  EVT_SESSION_SEQUENCE,
  EVT_TRADE_ID,
  EventKind,
  NO_SESSION,
} from "../../protocol/record/event-record.ts";
import { type RecordedCommand, describeCommand } from "../journal/recorded-command.ts";
import { placeText } from "./order-place.ts";
import { type OrderReport, rejectionText, reportText } from "./report-text.ts";

/** Which order: by the engine's id, or by what its session called it. */
export type OrderChoice = { readonly orderId: number } | { readonly session: string; readonly clientOrderId: number };

export interface LifeStep {
  readonly orderId: number;
  readonly text: string;
}

/** What one command did to the order. */
export interface LifeChapter {
  readonly command: RecordedCommand;
  /** Name of the session whose command it is. */
  readonly session: string | undefined;
  readonly steps: readonly LifeStep[];
}

/** An order that is being watched. */
interface Watched {
  readonly orderId: number;
  /** Its record; NO_ORDER: it has none any more. */
  order: OrderBase;
  session: number;
  clientOrderId: number;
  hasEnded: boolean;
  /** What its record had in these fields when it was last looked at. */
  readonly seen: Int32Array;
}

const SEEN_FIELDS = [ORD_WORD, ORD_CUM_QTY, ORD_ORDER_QTY, ORD_PRICE] as const;

/** The one that follows all books. */
const FOLLOWER = MAX_GATEWAYS - 1;

export class OrderLife {
  readonly #engine: MatchingEngine;
  readonly #choice: OrderChoice;
  readonly #tell: (chapter: LifeChapter) => void;
  readonly #watched = new Map<number, Watched>();
  /** Of the present command. */
  #reports: OrderReport[] = [];
  #rejections: string[] = [];
  /** Whether any of them is about an order that is watched. */
  #concerns = false;
  #command: { i32: Int32Array; f64: Float64Array } | undefined;
  #followedCount = 0;

  constructor(engine: MatchingEngine, choice: OrderChoice, tell: (chapter: LifeChapter) => void) {
    this.#engine = engine;
    this.#choice = choice;
    this.#tell = tell;
    this.#followBooks();
  }

  get orderCount(): number {
    return this.#watched.size;
  }

  /** Where the order is already, in an engine that did not begin with the first command. Undefined: nowhere. */
  beginning(): LifeStep | undefined {
    const { pool, sessions } = this.#engine.state;
    const choice = this.#choice;
    for (let at = 0; at < pool.i32.length; at += 1 << ORDER_I32_SHIFT) {
      const order = at as OrderBase;
      if (!this.#isMeant(order, choice, sessions.names)) continue;
      const watched = this.#watch(pool.f64[(at >> 1) + ORD_ORDER_ID] as number, order);
      return { orderId: watched.orderId, text: this.#stateText(watched) };
    }
    return undefined;
  }

  before(i32: Int32Array, f64: Float64Array): void {
    this.#command = { i32, f64 };
  }

  event(i32: Int32Array, f64: Float64Array, base: number): void {
    const head = i32[base + EVT_HEAD] as number;
    const kind = head & 0xff;
    if (kind === EventKind.ExecutionReport) this.#report(i32, f64, base);
    else if (kind === EventKind.BusinessReject) this.#rejection(i32, f64, base);
  }

  after(): void {
    this.#followBooks();
    const steps = this.#concerns || this.#hasChanged() ? this.#steps() : [];
    if (this.#reports.length > 0) this.#reports = [];
    this.#rejections = [];
    this.#concerns = false;
    if (steps.length === 0 || this.#command === undefined) return;
    const command = describeCommand(this.#command.i32, this.#command.f64, 0);
    const session = command.session === undefined ? undefined : this.#engine.state.sessions.names[command.session];
    this.#tell({ command, session, steps });
  }

  #followBooks(): void {
    const { books } = this.#engine.state;
    while (this.#followedCount < books.size()) books.follow(books.at(this.#followedCount++), FOLLOWER, true);
  }

  #isMeant(order: OrderBase, choice: OrderChoice, names: readonly string[]): boolean {
    const { pool } = this.#engine.state;
    const orderId = pool.f64[(order >> 1) + ORD_ORDER_ID] as number;
    if ("orderId" in choice) return orderId === choice.orderId;
    const clientOrderId = pool.f64[(order >> 1) + ORD_CLIENT_ORDER_ID] as number;
    const isOpen = isOpenStatus(wordStatus(pool.i32[order + ORD_WORD] as number)) && orderId > 0;
    return (
      isOpen &&
      clientOrderId === choice.clientOrderId &&
      names[pool.i32[order + ORD_SESSION] as number] === choice.session
    );
  }

  /** Trades of all orders are kept until the command ends: the other side of one may be told first. */
  #report(i32: Int32Array, f64: Float64Array, base: number): void {
    const half = base >> 1;
    const orderId = f64[half + EVT_ORDER_ID] as number;
    const execType = ((i32[base + EVT_HEAD] as number) >>> 8) & 0xff;
    const isWatched = this.#watched.has(orderId) || this.#begins(i32, f64, base, orderId);
    this.#concerns ||= isWatched;
    if (isWatched || execType === ExecType.Trade) this.#reports.push(readReport(i32, f64, base));
  }

  /** Whether the order of that report is meant; from then on it is watched. */
  #begins(i32: Int32Array, f64: Float64Array, base: number, orderId: number): boolean {
    const choice = this.#choice;
    if ("orderId" in choice) {
      if (orderId !== choice.orderId) return false;
    } else {
      const half = base >> 1;
      const isNamed = f64[half + EVT_CLIENT_ORDER_ID] === choice.clientOrderId;
      const session = i32[base + EVT_SESSION] as number;
      if (!isNamed || session === NO_SESSION || this.#engine.state.sessions.names[session] !== choice.session)
        return false;
    }
    if (orderId !== 0) this.#watch(orderId, NO_ORDER);
    return true;
  }

  #watch(orderId: number, order: OrderBase): Watched {
    const watched = {
      orderId,
      order,
      session: NO_SESSION,
      clientOrderId: 0,
      hasEnded: false,
      seen: new Int32Array(SEEN_FIELDS.length),
    };
    this.#watched.set(orderId, watched);
    this.#look(watched);
    return watched;
  }

  #rejection(i32: Int32Array, f64: Float64Array, base: number): void {
    const session = i32[base + EVT_SESSION] as number;
    const clientOrderId = f64[(base >> 1) + EVT_ORIG_CLIENT_ORDER_ID] as number;
    for (const watched of this.#watched.values()) {
      if (watched.session !== session || watched.clientOrderId !== clientOrderId) continue;
      this.#concerns = true;
      this.#rejections.push(rejectionText((i32[base + EVT_DETAIL] as number) >>> 16));
    }
  }

  /** Whether the record of an order is another than before, though no report says so. */
  #hasChanged(): boolean {
    let hasChanged = false;
    for (const watched of this.#watched.values()) hasChanged = this.#look(watched) || hasChanged;
    return hasChanged;
  }

  #steps(): LifeStep[] {
    const refused = this.#reports.filter(({ orderId, execType }) => orderId === 0 && execType === ExecType.Rejected);
    const steps = refused.map((report) => ({ orderId: 0, text: reportText(report, undefined, "") }));
    for (const watched of this.#watched.values()) steps.push(...this.#stepsOf(watched));
    return steps;
  }

  #stepsOf(watched: Watched): LifeStep[] {
    const texts = [...this.#newReports(watched).map((report) => this.#textOf(report)), ...this.#rejections];
    this.#look(watched);
    if (texts.length === 0 && !this.#concerns) texts.push(`${this.#stateText(watched)} (no report says so)`);
    else if (texts.length > 0 && !watched.hasEnded && watched.order !== NO_ORDER) {
      texts.push(placeText(this.#engine, watched.order));
    }
    return texts.map((text) => ({ orderId: watched.orderId, text }));
  }

  /** Without the copies, in the order in which they were made. */
  #newReports(watched: Watched): OrderReport[] {
    const own = this.#reports
      .filter(({ orderId }) => orderId === watched.orderId)
      .toSorted((a, b) => (a.number - b.number) | 0);
    const unique = own.filter(({ number }, n) => number !== own[n - 1]?.number);
    const last = unique.at(-1);
    if (last !== undefined) watched.hasEnded = !isOpenStatus(last.status);
    return unique;
  }

  #textOf(report: OrderReport): string {
    const isOther = ({ execType, tradeId, orderId }: OrderReport): boolean =>
      execType === ExecType.Trade && tradeId === report.tradeId && orderId !== report.orderId;
    const others = report.execType === ExecType.Trade ? this.#reports.filter(isOther) : [];
    const other = others.find(({ session }) => session !== NO_SESSION) ?? others[0];
    return reportText(report, other, this.#ownerOf(other));
  }

  /** Name of the session that sent the other order, if its record is still there. */
  #ownerOf(other: OrderReport | undefined): string {
    const { sessions, pool } = this.#engine.state;
    if (other === undefined) return "";
    if (other.session !== NO_SESSION) return sessions.names[other.session] ?? "";
    const order = this.#find(other.orderId);
    return order === NO_ORDER ? "" : (sessions.names[pool.i32[order + ORD_SESSION] as number] ?? "");
  }

  /** Whether the record is another than when it was last looked at. */
  #look(watched: Watched): boolean {
    const { pool } = this.#engine.state;
    const { i32, f64 } = pool;
    if (watched.hasEnded) return false;
    if (watched.order === NO_ORDER) watched.order = this.#find(watched.orderId);
    const { order } = watched;
    if (order === NO_ORDER || f64[(order >> 1) + ORD_ORDER_ID] !== watched.orderId) return false;
    watched.session = i32[order + ORD_SESSION] as number;
    watched.clientOrderId = f64[(order >> 1) + ORD_CLIENT_ORDER_ID] as number;
    watched.hasEnded = !isOpenStatus(wordStatus(i32[order + ORD_WORD] as number));
    let hasChanged = false;
    for (const [n, field] of SEEN_FIELDS.entries()) {
      hasChanged ||= watched.seen[n] !== i32[order + field];
      watched.seen[n] = i32[order + field] as number;
    }
    return hasChanged;
  }

  #find(orderId: number): OrderBase {
    const { f64 } = this.#engine.state.pool;
    const at = f64.findIndex((value, index) => value === orderId && (index & 7) === ORD_ORDER_ID);
    return at === -1 ? NO_ORDER : (((at - ORD_ORDER_ID) * 2) as OrderBase);
  }

  #stateText({ order, hasEnded }: Watched): string {
    const { pool, books } = this.#engine.state;
    const { i32 } = pool;
    const orderQty = i32[order + ORD_ORDER_QTY] as number;
    const cumQty = i32[order + ORD_CUM_QTY] as number;
    const instrumentId = books.i32[(i32[order + ORD_BOOK] as number) + BOOK_INSTRUMENT_ID] as number;
    const quantities = `${cumQty} of ${orderQty} lots traded on instrument ${instrumentId}`;
    if (!hasEnded) return `is open: ${quantities}; ${placeText(this.#engine, order)}`;
    const isFilled = wordStatus(i32[order + ORD_WORD] as number) === OrderStatus.Filled;
    return `${isFilled ? "is filled" : "has ended"}: ${quantities}`;
  }
}

function readReport(i32: Int32Array, f64: Float64Array, base: number): OrderReport {
  const half = base >> 1;
  const head = i32[base + EVT_HEAD] as number;
  const detail = i32[base + EVT_DETAIL] as number;
  return {
    execType: (head >>> 8) & 0xff,
    status: (head >>> 16) & 0xff,
    reason: (detail >>> 16) & 0xff,
    flags: detail >>> 24,
    session: i32[base + EVT_SESSION] as number,
    number: i32[base + EVT_SESSION_SEQUENCE] as number,
    orderId: f64[half + EVT_ORDER_ID] as number,
    clientOrderId: f64[half + EVT_CLIENT_ORDER_ID] as number,
    tradeId: f64[half + EVT_TRADE_ID] as number,
    price: i32[base + EVT_PRICE] as number,
    orderQty: i32[base + EVT_ORDER_QTY] as number,
    cumQty: i32[base + EVT_CUM_QTY] as number,
    leavesQty: i32[base + EVT_LEAVES_QTY] as number,
    lastPx: i32[base + EVT_LAST_PX] as number,
    lastQty: i32[base + EVT_LAST_QTY] as number,
  };
}
