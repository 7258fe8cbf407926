import type { Spread } from "./ratio.ts";

export interface BenchOptions {
  /** A smoke test of the benchmark: its figures prove nothing. */
  readonly quick: boolean;
  readonly rounds: number | undefined;
  readonly waitStrategy: string;
  readonly onProgress: (line: string) => void;
}

/** What one benchmark found: for a person as a table, for a machine as data, and where a target was set, whether it was met. */
export interface BenchReport {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly verdicts: readonly Verdict[];
  readonly data: unknown;
}

export type Target = { readonly atMost: number } | { readonly atLeast: number };

export interface Verdict {
  readonly what: string;
  readonly value: number;
  readonly target: Target;
  readonly met: boolean;
}

export function judge(what: string, value: number, target: Target): Verdict {
  const met = "atMost" in target ? value <= target.atMost : value >= target.atLeast;
  return { what, value, target, met };
}

export function formatTarget(target: Target): string {
  return "atMost" in target ? `at most ${target.atMost}` : `at least ${target.atLeast}`;
}

/** Three significant digits, thousands separated: 1,250,000 and 0.512. */
export function formatFigure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

export function formatSpread({ median, min, max }: Spread): string {
  return `${formatFigure(median)} (${formatFigure(min)} … ${formatFigure(max)})`;
}

/** The report as text for a terminal. */
export function renderReport({ title, columns, rows, verdicts }: BenchReport): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, n) => Math.max(...lines.map((line) => (line[n] ?? "").length)));
  const table = lines.map((line) =>
    line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join("  "),
  );
  const judged = verdicts.map(
    ({ what, value, target, met }) =>
      `${met ? "met   " : "MISSED"}  ${what}: ${formatFigure(value)}, target ${formatTarget(target)}`,
  );
  return `${[title, "", ...table, ...(judged.length > 0 ? ["", ...judged] : [])].join("\n")}\n`;
}
