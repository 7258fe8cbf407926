/** The visible book of an instrument: as the engine tells it to somebody who begins to follow it, and as a table. */
import { Side } from "../../protocol/codes.ts";
import { EVT_HEAD, EVT_LEVEL_ORDER_COUNT, EVT_LEVEL_QTY, EVT_PRICE } from "../../protocol/record/event-record.ts";

export interface LadderLevel {
  /** Ticks. */
  readonly price: number;
  /** Lots. */
  readonly qty: number;
  readonly orderCount: number;
}

/** Best level first on both sides. */
export interface Ladder {
  readonly instrumentId: number;
  readonly symbol: string;
  readonly bids: LadderLevel[];
  readonly offers: LadderLevel[];
}

export function createLadder(instrumentId: number, symbol: string): Ladder {
  return { instrumentId, symbol, bids: [], offers: [] };
}

/** From a SnapshotLevel event. */
export function addLevel(ladder: Ladder, i32: Int32Array, f64: Float64Array, base: number): void {
  const side = (i32[base + EVT_HEAD] as number) >>> 24;
  const levels = side === Side.Buy ? ladder.bids : ladder.offers;
  levels.push({
    price: i32[base + EVT_PRICE] as number,
    qty: f64[(base >> 1) + EVT_LEVEL_QTY] as number,
    orderCount: i32[base + EVT_LEVEL_ORDER_COUNT] as number,
  });
}

const HEADINGS = ["orders", "bid qty", "price", "offer qty", "orders"] as const;
const GAP = "  ";

/** Offers above bids, best prices in the middle, prices in ticks and quantities in lots. @param depth Levels per side; 0: all. */
export function renderLadder(ladder: Ladder, depth: number): string {
  const limit = depth === 0 ? Infinity : depth;
  const offers = ladder.offers.slice(0, limit).toReversed();
  const rows = [
    ...offers.map(({ price, qty, orderCount }) => ["", "", count(price), count(qty), count(orderCount)]),
    ...ladder.bids
      .slice(0, limit)
      .map(({ price, qty, orderCount }) => [count(orderCount), count(qty), count(price), "", ""]),
  ];
  const widths = HEADINGS.map((heading, column) =>
    Math.max(...[heading, ...rows.map((row) => row[column] ?? "")].map((cell) => cell.length)),
  );
  const render = (cells: readonly string[]): string =>
    (GAP + cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join(GAP)).trimEnd();
  const lines = [title(ladder), render(HEADINGS)];
  if (ladder.offers.length > offers.length) lines.push(hidden(ladder.offers, limit, "offer"));
  lines.push(...rows.map(render));
  if (ladder.bids.length > limit) lines.push(hidden(ladder.bids, limit, "bid"));
  return `${lines.join("\n")}\n`;
}

function title({ instrumentId, symbol }: Ladder): string {
  return symbol === "" ? `instrument ${instrumentId}` : `${symbol} (instrument ${instrumentId})`;
}

function hidden(levels: readonly LadderLevel[], limit: number, side: string): string {
  const rest = levels.slice(limit);
  const qty = rest.reduce((sum, level) => sum + level.qty, 0);
  return `${GAP}… ${count(rest.length)} more ${side} ${rest.length === 1 ? "level" : "levels"}, ${count(qty)} lots`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
