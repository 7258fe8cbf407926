/** What a reader must know before believing a run's numbers. Each is a sentence that names the number and what it means. */
import { formatCount, formatUs } from "./format.ts";
import type { LoadReport } from "./load-report.ts";

/** Below this share of the planned rate a run did not do what it was asked to, in percent. */
const ENOUGH_PERCENT = 99;
/** From this share of late sends on, a p99 is made of them. */
const LATE_SHARE = 0.01;
/** Rejects that a correct run meets: the order had traded, or a replaced one was too late. */
const EXPECTED_REJECTS: ReadonlySet<string> = new Set(["OrderClosed", "UnknownOrder", "QuantityBelowExecuted"]);
/** From this share of other rejects on, a run is not the load that was meant. */
const REJECT_SHARE = 0.01;

type Facts = Pick<LoadReport, "outcome" | "failure" | "rates" | "counts" | "latency"> & { readonly drainMs: number };

export function findWarnings(facts: Facts): string[] {
  const checks = [
    failed,
    interrupted,
    nothingMeasured,
    generatorTooSlow,
    venueTooSlow,
    unanswered,
    busy,
    rejected,
    late,
  ];
  return checks.map((check) => check(facts)).filter((warning) => warning !== "");
}

function failed({ outcome, failure }: Facts): string {
  return outcome === "failed" ? `THE RUN FAILED: ${failure}. What follows is what was recorded until then.` : "";
}

function interrupted({ outcome }: Facts): string {
  return outcome === "interrupted" ? "INTERRUPTED: the run was stopped before its time." : "";
}

function nothingMeasured({ counts }: Facts): string {
  return counts.planned === 0 ? "NOTHING MEASURED: the run ended before its warm-up was over." : "";
}

function generatorTooSlow({ rates, counts }: Facts): string {
  const percent = (100 * counts.sentInWindow) / counts.planned;
  if (counts.planned === 0 || percent >= ENOUGH_PERCENT) return "";
  return (
    `LOAD NOT REACHED: the generator sent ${formatCount(rates.sent)} of ${formatCount(rates.planned)} requests per ` +
    `second (${percent.toFixed(1)} %). It had no time for more: give it more --workers or a machine of its own.`
  );
}

function venueTooSlow({ rates, counts }: Facts): string {
  if (counts.planned === 0 || rates.achievedPercent >= ENOUGH_PERCENT) return "";
  return (
    `RATE NOT ACHIEVED: ${formatCount(rates.answered)} answers per second to ${formatCount(rates.planned)} planned ` +
    `requests per second (${rates.achievedPercent.toFixed(1)} %). Latencies of a queue that grows tell how long the run ` +
    `was, not how fast the venue is: use a lower --rate.`
  );
}

function unanswered({ counts, drainMs, outcome }: Facts): string {
  if (counts.unanswered === 0) return "";
  const when = outcome === "failed" ? "when the run failed" : `${drainMs / 1000} s after the last send`;
  return (
    `UNANSWERED: ${formatCount(counts.unanswered)} of ${formatCount(counts.planned)} requests had no answer ${when}. ` +
    `They are in no percentile: the true tail is worse than the one shown.`
  );
}

function busy({ counts }: Facts): string {
  const count = counts.rejectsByReason["Busy"] ?? 0;
  if (count === 0) return "";
  return (
    `BUSY: the venue turned away ${formatCount(count)} of ${formatCount(counts.planned)} requests for lack of room. ` +
    `Their answers are fast and make the percentiles look better.`
  );
}

function rejected({ counts }: Facts): string {
  const unexpected = Object.entries(counts.rejectsByReason).filter(
    ([reason]) => reason !== "Busy" && !EXPECTED_REJECTS.has(reason),
  );
  const total = unexpected.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0 || total < REJECT_SHARE * counts.planned) return "";
  const reasons = unexpected.map(([reason, count]) => `${reason} ${formatCount(count)}`).join(", ");
  return (
    `REJECTED: the venue refused ${formatCount(total)} of ${formatCount(counts.planned)} requests (${reasons}). ` +
    `This is not the load that was meant: check --instruments, --mid-price and --levels.`
  );
}

function late({ counts, latency }: Facts): string {
  if (counts.planned === 0 || counts.sentLate < LATE_SHARE * counts.planned) return "";
  return (
    `LATE SENDS: ${formatCount(counts.sentLate)} of ${formatCount(counts.planned)} requests left more than 1 ms after ` +
    `they were due, at worst ${formatUs(latency.pacingError.maxUs)}. The corrected latency contains that time, the ` +
    `uncorrected one does not.`
  );
}
