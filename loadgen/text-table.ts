/** The report as text for a terminal: what was asked, what happened, the warnings, the percentiles, the stages. */
import type { Distribution } from "./distribution.ts";
import { formatCount, formatUs } from "./format.ts";
import type { LoadReport, StageLatency } from "./load-report.ts";

export function renderTextTable(report: LoadReport): string {
  const blocks = [headline(report), warnings(report), counts(report), percentiles(report), stages(report)];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function headline({ settings, rates, measuredSeconds, venue }: LoadReport): string {
  const { schedule, burstSize, sessions, workers, url } = settings;
  const arrivals = schedule === "burst" ? `bursts of ${formatCount(burstSize)}` : schedule;
  return [
    `${venue.name || "venue"} at ${url}, durability ${venue.durability || "unknown"}`,
    `asked     ${formatCount(rates.asked)}/s, ${arrivals}, ${plural(sessions, "session")} on ${plural(workers, "worker")}`,
    `measured  ${measuredSeconds.toFixed(1)} s: planned ${formatCount(rates.planned)}/s, sent ${formatCount(rates.sent)}/s, ` +
      `answered ${formatCount(rates.answered)}/s (${rates.achievedPercent.toFixed(1)} %)`,
  ].join("\n");
}

function warnings({ warnings: texts }: LoadReport): string {
  return texts.map((text) => `!! ${text}`).join("\n");
}

function counts({
  counts: { planned, answered, unanswered, byAnswer, rejectsByReason, sentLate },
}: LoadReport): string {
  const answers = Object.entries(byAnswer).filter(([, count]) => count > 0);
  const rejects = Object.entries(rejectsByReason);
  const lines = [
    `requests  ${formatCount(planned)}: ${formatCount(answered)} answered, ${formatCount(unanswered)} unanswered, ` +
      `${formatCount(sentLate)} sent late`,
    `answers   ${listCounts(answers)}`,
  ];
  if (rejects.length > 0) lines.push(`rejects   ${listCounts(rejects)}`);
  return lines.join("\n");
}

function percentiles({ latency: { corrected, uncorrected, pacingError } }: LoadReport): string {
  const columns = [corrected, uncorrected, pacingError];
  const rows = [
    row("", ["corrected", "uncorrected", "pacing error"]),
    row("", ["due → answer", "sent → answer", "due → sent"]),
    row(
      "samples",
      columns.map(({ samples }) => formatCount(samples)),
    ),
    row(
      "min",
      columns.map(({ samples, minUs }) => (samples === 0 ? "–" : formatUs(minUs))),
    ),
  ];
  const longest = [corrected, uncorrected, pacingError].flatMap(({ percentiles: values }) => values);
  const shown = [...new Set(longest.map(({ percentile }) => percentile))].toSorted((a, b) => a - b);
  for (const percentile of shown)
    rows.push(
      row(
        `p${percentile}`,
        columns.map((column) => valueAt(column, percentile)),
      ),
    );
  rows.push(
    row(
      "max",
      columns.map(({ samples, maxUs }) => (samples === 0 ? "–" : formatUs(maxUs))),
    ),
  );
  if (corrected.leftOut.length > 0) {
    const names = corrected.leftOut.map((percentile) => `p${percentile}`).join(", ");
    rows.push(`left out: ${names} (fewer than 10 samples lie beyond)`);
  }
  return rows.join("\n");
}

function stages({ stages: latencies }: LoadReport): string {
  if (latencies.every(({ samples }) => samples === 0)) return "";
  const samples = latencies[0]?.samples ?? 0;
  return [
    row("stage", ["p50", "p99", "max"]) + `   from ${plural(samples, "receipt")}`,
    ...latencies.map(({ stage, ...values }) => row(stage, stageValues(values))),
  ].join("\n");
}

function stageValues({ p50Us, p99Us, maxUs }: Omit<StageLatency, "stage">): string[] {
  return [p50Us, p99Us, maxUs].map((us) => (us === null ? "–" : formatUs(us)));
}

function valueAt({ percentiles: values }: Distribution, percentile: number): string {
  const found = values.find((value) => value.percentile === percentile);
  return found === undefined ? "–" : formatUs(found.us);
}

function row(name: string, values: readonly string[]): string {
  return name.padEnd(12) + values.map((value) => value.padStart(15)).join("");
}

function listCounts(entries: readonly (readonly [string, number])[]): string {
  return entries.map(([name, count]) => `${name} ${formatCount(count)}`).join(", ") || "none";
}

function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
