/**
 * The report as one page that needs nothing but itself: data, style, script and the plot library are inside it, and its
 * content security policy forbids it to load anything.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Distribution } from "./distribution.ts";
import { formatCount, formatUs } from "./format.ts";
import type { LoadReport } from "./load-report.ts";
import { REPORT_STYLE } from "./report-style.ts";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** Pieces of markup; everything that came from outside is escaped before it gets here. */
type Html = string;

export function renderHtml(report: LoadReport): Html {
  const uPlotFolder = dirname(createRequire(import.meta.url).resolve("uplot"));
  const plotStyle = readFileSync(join(uPlotFolder, "uPlot.min.css"), "utf8");
  const plotScript = readFileSync(join(uPlotFolder, "uPlot.iife.min.js"), "utf8");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>Fairlead load: ${formatCount(report.rates.asked)}/s, ${escape(report.startedAt)}</title>
<style>${plotStyle}${REPORT_STYLE}</style>
</head>
<body>
<main>
${header(report)}
${warnings(report)}
${figures(report)}
${plots()}
${latencyTable(report)}
<div class="pair">
${stageTable(report)}
${countTable(report)}
</div>
<div class="pair">
${factTable("Settings", settingFacts(report))}
${factTable("Environment", environmentFacts(report))}
</div>
</main>
<script type="application/json" id="report-data">${embedJson(report)}</script>
<script>${inlineScript(plotScript)}</script>
<script type="module">${inlineScript(readPageScript())}</script>
</body>
</html>
`;
}

function header({ settings, rates, measuredSeconds, startedAt, venue }: LoadReport): Html {
  const arrivals = settings.schedule === "burst" ? `bursts of ${formatCount(settings.burstSize)}` : settings.schedule;
  return `<header>
<h1>${formatCount(rates.asked)} requests per second, ${escape(arrivals)}</h1>
<p class="quiet">${escape(venue.name || "venue")} at ${escape(settings.url)} · ${formatCount(settings.sessions)} sessions ·
${measuredSeconds.toFixed(1)} s measured after ${settings.warmupMs / 1000} s of warm-up · ${escape(startedAt)}</p>
</header>`;
}

function warnings({ warnings: texts }: LoadReport): Html {
  if (texts.length === 0) {
    return `<p class="good">✓ The asked rate was achieved; every request was answered; none was turned away.</p>`;
  }
  const items = texts.map((text) => `<li>${escape(text)}</li>`).join("");
  return `<section class="card alarm"><h2>Read this first</h2><ul>${items}</ul></section>`;
}

function figures({ latency, rates, counts }: LoadReport): Html {
  const percentile = (wanted: number): string => valueAt(latency.corrected, wanted) ?? "too few";
  const all: (readonly [string, string])[] = [
    [percentile(50), "p50, corrected"],
    [percentile(99), "p99, corrected"],
    [percentile(99.9), "p99.9, corrected"],
    [counts.answered === 0 ? "–" : formatUs(latency.corrected.maxUs), "max, corrected"],
    [`${formatCount(rates.answered)}/s`, `answered (${rates.achievedPercent.toFixed(1)} %)`],
    [formatCount(counts.planned), "requests measured"],
  ];
  return `<div class="figures">${all.map(([value, name]) => `<div class="figure"><b>${value}</b><span>${name}</span></div>`).join("")}</div>`;
}

function plots(): Html {
  return `<section class="card">
<h2>Latency by percentile</h2>
<p class="note">From order to its first report. Corrected counts from when the schedule wanted to send, uncorrected from when it was sent.
The lines end where fewer than ten samples lie beyond.</p>
<div class="plot" id="percentile-plot"></div>
</section>
<section class="card">
<h2>Latency over time</h2>
<p class="note">Corrected. A point tells of the requests that were due in its interval, whenever their answers came.</p>
<div class="plot" id="time-plot"></div>
</section>
<noscript><p>The plots need JavaScript; every number is in the tables below.</p></noscript>`;
}

function latencyTable({ latency: { corrected, uncorrected, pacingError } }: LoadReport): Html {
  const columns = [corrected, uncorrected, pacingError];
  const shown = [...new Set(columns.flatMap((column) => column.percentiles.map(({ percentile }) => percentile)))];
  const rows = [
    tableRow(
      "min",
      columns.map(({ samples, minUs }) => (samples === 0 ? "–" : formatUs(minUs))),
    ),
    ...shown
      .toSorted((a, b) => a - b)
      .map((percentile) =>
        tableRow(
          `p${percentile}`,
          columns.map((column) => valueAt(column, percentile) ?? "–"),
        ),
      ),
    tableRow(
      "max",
      columns.map(({ samples, maxUs }) => (samples === 0 ? "–" : formatUs(maxUs))),
    ),
    tableRow(
      "mean",
      columns.map(({ samples, meanUs }) => (samples === 0 ? "–" : formatUs(meanUs))),
    ),
    tableRow(
      "samples",
      columns.map(({ samples }) => formatCount(samples)),
    ),
  ];
  const leftOut = corrected.leftOut.map((percentile) => `p${percentile}`).join(", ");
  const note =
    leftOut === "" ? "Three significant digits." : `Left out, because fewer than ten samples lie beyond: ${leftOut}.`;
  return `<section class="card">
<h2>Percentiles</h2>
<p class="note">${note}</p>
<table><thead><tr><th></th><th>corrected<small>due → answer</small></th><th>uncorrected<small>sent → answer</small></th>
<th>pacing error<small>due → sent</small></th></tr></thead><tbody>${rows.join("")}</tbody></table>
</section>`;
}

function stageTable({ stages }: LoadReport): Html {
  const samples = stages[0]?.samples ?? 0;
  const rows = stages.map(({ stage, p50Us, p99Us, maxUs }) => tableRow(stage, [p50Us, p99Us, maxUs].map(textOf)));
  const body =
    samples === 0
      ? `<p class="note">No receipts: none was asked for, or the venue gave none.</p>`
      : `<p class="note">Inside the venue, from ${formatCount(samples)} receipts.</p>
<table><thead><tr><th>stage</th><th>p50</th><th>p99</th><th>max</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  return `<section class="card"><h2>Stages</h2>${body}</section>`;
}

function countTable({ counts }: LoadReport): Html {
  const { planned, answered, unanswered, sentLate, byKind, byAnswer, rejectsByReason, tradeReports } = counts;
  const rows = [
    tableRow("requests", [formatCount(planned)]),
    ...countRows("sent:", byKind),
    tableRow("answered", [formatCount(answered)]),
    ...countRows("answer:", byAnswer),
    ...countRows("reject:", rejectsByReason),
    tableRow("unanswered", [formatCount(unanswered)]),
    tableRow("sent more than 1 ms late", [formatCount(sentLate)]),
    tableRow("trade reports", [formatCount(tradeReports)]),
  ];
  return `<section class="card"><h2>Counts</h2><p class="note">Requests that were due in the measured time.</p>
<table><tbody>${rows.join("")}</tbody></table></section>`;
}

/** Of those that happened. */
function countRows(prefix: string, counts: Readonly<Record<string, number>>): Html[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => tableRow(`${prefix} ${escape(name)}`, [formatCount(count)]));
}

type Facts = readonly (readonly [string, string])[];

function settingFacts({ settings }: LoadReport): Facts {
  const mix = Object.entries(settings.mix).map(([kind, share]) => `${kind} ${share}`);
  return [
    ["url", settings.url],
    ["rate", `${formatCount(settings.ratePerSecond)}/s`],
    ["schedule", settings.schedule === "burst" ? `burst of ${formatCount(settings.burstSize)}` : settings.schedule],
    ["duration", `${settings.durationMs / 1000} s after ${settings.warmupMs / 1000} s of warm-up`],
    ["sessions", `${settings.sessions} on ${settings.workers} worker threads`],
    ["mix", mix.join(", ")],
    ["instruments", settings.instrumentIds.join(", ")],
    ["prices", `${settings.levels} levels on each side of ${formatCount(settings.midPrice)} ticks`],
    ["open orders", `at most ${formatCount(settings.maxOpenOrders)} per session`],
    ["receipts", `${+(settings.receiptShare * 100).toFixed(4)} % of requests`],
    ["seed", String(settings.seed)],
  ];
}

function environmentFacts({ environment, venue }: LoadReport): Facts {
  return [
    ["venue", venue.name || "unknown"],
    ["durability", venue.durability || "unknown"],
    ["load generator", environment.build],
    ["Node.js", environment.node],
    ["system", environment.os],
    ["processor", `${environment.cpu} × ${environment.cpuCount}`],
    ["memory", `${environment.memoryGiB} GiB`],
    ["load average before", environment.loadAverage.toFixed(2)],
  ];
}

function factTable(title: string, facts: Facts): Html {
  const rows = facts.map(([name, value]) => tableRow(escape(name), [escape(value)])).join("");
  return `<section class="card facts"><h2>${title}</h2><table><tbody>${rows}</tbody></table></section>`;
}

function tableRow(name: Html, values: readonly Html[]): Html {
  return `<tr><th scope="row">${name}</th>${values.map((value) => `<td>${value}</td>`).join("")}</tr>`;
}

function textOf(us: number | null): Html {
  return us === null ? "–" : formatUs(us);
}

function valueAt({ percentiles }: Distribution, wanted: number): string | undefined {
  const found = percentiles.find(({ percentile }) => percentile === wanted);
  return found === undefined ? undefined : formatUs(found.us);
}

/** The compiled report-page.ts; where its source map would be found is of no use inside a page. */
function readPageScript(): string {
  const script = readFileSync(new URL("./report-page.js", import.meta.url), "utf8");
  return script.replace(/^\/\/# sourceMappingURL=.*$/mu, "");
}

/** Inside a script element only its end tag ends it. */
function inlineScript(script: string): Html {
  return script.replaceAll("</script", "<\\/script");
}

/** No text in the data can end the element that holds it. */
function embedJson(report: LoadReport): Html {
  return JSON.stringify(report).replaceAll("<", String.raw`\u003c`);
}

function escape(text: string): Html {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
