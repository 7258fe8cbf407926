/** What a run amounts to: counts, hashes, books. As text for people, as one line of JSON for machines. */
import { type Ladder, renderLadder } from "./ladder.ts";
import type { MatchRun } from "./match-run.ts";

export interface SummaryChoice {
  readonly stats: boolean;
  readonly hash: boolean;
  readonly book: boolean;
  /** Levels per side of a book; 0: all. Machines get all of them. */
  readonly depth: number;
}

/** Nothing when nothing was chosen. @param seconds How long the whole run took. */
export function renderSummary(run: MatchRun, choice: SummaryChoice, seconds: number): string {
  const parts: string[] = [];
  if (choice.book) parts.push(renderBooks(run.ladders(), choice.depth));
  if (choice.stats) parts.push(renderStats(run, seconds));
  if (choice.hash) parts.push(renderHashes(run));
  return parts.join("\n");
}

/** One line of JSON. */
export function summaryJson(run: MatchRun, choice: SummaryChoice, seconds: number): string {
  const summary = {
    ...(choice.stats ? { stats: statsOf(run, seconds) } : {}),
    ...(choice.hash ? { hash: { events: run.eventHash, state: run.venue.offline.engine.stateHash() } } : {}),
    ...(choice.book ? { book: run.ladders().filter(hasLevels) } : {}),
  };
  return `${JSON.stringify(summary)}\n`;
}

function renderBooks(ladders: readonly Ladder[], depth: number): string {
  const books = ladders.filter(hasLevels).map((ladder) => renderLadder(ladder, depth));
  return books.length === 0 ? "every book is empty\n" : books.join("\n");
}

function hasLevels({ bids, offers }: Ladder): boolean {
  return bids.length + offers.length > 0;
}

function renderStats(run: MatchRun, seconds: number): string {
  const stats = statsOf(run, seconds);
  const rows: [name: string, value: number | string, details: string][] = [
    ["lines", stats.lines, ""],
    ["commands", stats.commands, listed(stats.commandsByKind)],
    ["events", stats.events, ""],
    ["trades", stats.trades, `${formatCount(stats.volume)} lots`],
    ["rejects", stats.rejects, listed(stats.rejectsByReason)],
    ["open orders", stats.openOrders, ""],
    ["engine alone", `${stats.engineSeconds.toFixed(3)} s`, `${formatCount(stats.commandsPerSecond)} commands/s`],
    ["whole run", `${stats.seconds.toFixed(3)} s`, `${formatCount(stats.lines / stats.seconds)} lines/s`],
  ];
  const cells = rows.map(([name, value, details]) => [name, formatValue(value), details] as const);
  const nameWidth = Math.max(...cells.map(([name]) => name.length));
  const valueWidth = Math.max(...cells.map(([, value]) => value.length));
  const lines = cells.map(([name, value, details]) =>
    `${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}  ${details}`.trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

function statsOf(run: MatchRun, seconds: number) {
  const { stats, venue, lineCount } = run;
  const { offline } = venue;
  const engineSeconds = offline.engineMs / 1000;
  const rejectsByReason = stats.rejectsByReason;
  return {
    lines: lineCount,
    commands: stats.commandCount,
    commandsByKind: stats.commandsByKind,
    events: stats.eventCount,
    trades: stats.tradeCount,
    volume: stats.volume,
    rejects: Object.values(rejectsByReason).reduce((sum, count) => sum + count, 0),
    rejectsByReason,
    openOrders: offline.engine.openOrderCount,
    engineSeconds,
    commandsPerSecond: engineSeconds > 0 ? Math.round(stats.commandCount / engineSeconds) : 0,
    seconds,
  };
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${formatCount(count)}`)
    .join(", ");
}

function formatValue(value: number | string): string {
  return typeof value === "number" ? formatCount(value) : value;
}

function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

function renderHashes(run: MatchRun): string {
  return `event hash  ${run.eventHash ?? ""}\nstate hash  ${run.venue.offline.engine.stateHash()}\n`;
}
