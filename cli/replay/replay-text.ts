/** What a replay has found, for people. */
import { renderFields } from "../journal/recorded-command.ts";
import { count } from "../journal/survey-text.ts";
import { formatTime } from "../journal/venue-time.ts";
import type { LadderLevel } from "../match/ladder.ts";
import type { Comparison, LevelChange, OrderChange } from "./comparison.ts";
import type { LifeChapter, OpenOrder, OrderStory, Rebuilt, StateSummary } from "./replay-run.ts";
import type { StretchResult } from "./verify-worker.ts";

/** Of changed levels, and of changed orders. Machines get all of them. */
const SHOWN_CHANGES = 40;

export function renderSummary(engine: number, rebuilt: Rebuilt): string {
  const { summary } = rebuilt;
  return table([
    [`engine ${engine}`, `after command ${count(summary.sequence)}`],
    ["time", formatTime(summary.time)],
    ["state hash", summary.hash],
    ["open orders", `${count(summary.openOrders)} on ${count(summary.priceLevels)} visible price levels`],
    ["ended orders", `${count(summary.endedOrders)} still remembered`],
    ["sessions", `${count(summary.connectedSessions)} of ${count(summary.knownSessions)} connected`],
    ["began with", beginningOf(rebuilt)],
    ["replayed", speedOf(rebuilt)],
    ...tornRows(rebuilt),
  ]);
}

function beginningOf({ beganWith }: Rebuilt): string {
  return beganWith === 0 ? "the first command" : `the snapshot of command ${count(beganWith)}`;
}

function speedOf({ commands, elapsedMs }: { commands: number; elapsedMs: number }): string {
  const rate = elapsedMs > 0 ? Math.round(commands / (elapsedMs / 1000)) : 0;
  return `${count(commands)} commands in ${(elapsedMs / 1000).toFixed(3)} s, ${count(rate)} commands/s`;
}

function tornRows({ torn }: Rebuilt): [string, string][] {
  if (torn === undefined) return [];
  return [
    [
      "behind it",
      `${count(torn.bytes)} bytes of ${torn.path} that are not whole commands: being written, or cut short`,
    ],
  ];
}

/** @param rows First cell, second cell. */
function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

export function renderChapter({ command, session, steps }: LifeChapter): string {
  const { sequence, time, kind, gateway, fields } = command;
  const from = session === undefined ? `gateway ${gateway}` : `session ${session}`;
  const head = `${sequence}  ${formatTime(time)}  ${kind}  ${from}  ${renderFields(fields)}`.trimEnd();
  return [head, ...steps.map(({ orderId, text }) => `    ${orderId === 0 ? "" : `order ${orderId}: `}${text}`)]
    .map((line) => `${line}\n`)
    .join("");
}

export function renderBeginning({ beginning, beganWith }: OrderStory): string {
  if (beginning === undefined) return "";
  return `what came before the snapshot of command ${count(beganWith)} is not in the journal any more\n    order ${beginning.orderId}: ${beginning.text}\n`;
}

export function renderComparison({ before, after, levels, orders }: Comparison): string {
  return [
    summaryTable(before, after),
    section(`${plural(levels.length, "visible level")} changed`, levels.map(levelLine)),
    section(`${plural(orders.length, "open order")} changed`, orders.map(orderLine)),
  ].join("\n");
}

function summaryTable(before: StateSummary, after: StateSummary): string {
  const rows: [string, string, string][] = [
    ["after command", count(before.sequence), count(after.sequence)],
    ["time", formatTime(before.time), formatTime(after.time)],
    ["state hash", before.hash, after.hash],
    ["open orders", count(before.openOrders), count(after.openOrders)],
    ["ended orders", count(before.endedOrders), count(after.endedOrders)],
    ["visible levels", count(before.priceLevels), count(after.priceLevels)],
    ["known sessions", count(before.knownSessions), count(after.knownSessions)],
    ["connected", count(before.connectedSessions), count(after.connectedSessions)],
  ];
  const width = Math.max(...rows.map(([, value]) => value.length));
  return table(rows.map(([name, one, other]) => [name, `${one.padEnd(width)}  ${other}`] as const));
}

function section(title: string, lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN_CHANGES).map((line) => `  ${line}\n`);
  const rest = lines.length - shown.length;
  const more = rest > 0 ? `  … and ${count(rest)} more, which --json prints\n` : "";
  return `${title}\n${shown.join("")}${more}`;
}

function levelLine({ instrumentId, side, price, before, after }: LevelChange): string {
  return `instrument ${instrumentId}  ${side} @ ${price}: ${levelText(before)} → ${levelText(after)}`;
}

function levelText(level: LadderLevel | undefined): string {
  return level === undefined ? "nothing" : `${plural(level.qty, "lot")} in ${plural(level.orderCount, "order")}`;
}

function orderLine({ orderId, before, after }: OrderChange): string {
  const { session, clientOrderId } = (after ?? before) as OpenOrder;
  const name = `order ${orderId} (${session} ${clientOrderId})`;
  return `${name}: ${orderText(before)} → ${orderText(after)}`;
}

function orderText(order: OpenOrder | undefined): string {
  if (order === undefined) return "not open";
  const { instrumentId, side, type, price, orderQty, cumQty } = order;
  return `${side} ${cumQty}/${orderQty}${price === 0 ? "" : ` @ ${price}`} ${type} on ${instrumentId}`;
}

export function renderStretches(results: readonly StretchResult[]): string {
  const lines = results.map(({ from, to, sequence, hash, problem, ...speed }) => {
    const name = `${from === 0 ? "beginning" : count(from)} → ${count(to ?? sequence)}${to === undefined ? " (end)" : ""}`;
    const found = to === undefined ? "replays" : `is the snapshot's state ${hash}`;
    return [name, problem === undefined ? `${found}; ${speedOf(speed)}` : `FAILED: ${problem}`] as const;
  });
  return table(lines);
}

function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
