/** The report of a run as one plain document: what `--json` prints, and what the table and the page are made from. */
import { RejectReason } from "../protocol/codes.ts";
import { distributionOf, maxUs, percentileCurve, supportedUs } from "./distribution.ts";
import type { CurvePoint, Distribution } from "./distribution.ts";
import type { Environment } from "./environment.ts";
import type { Histogram } from "./histograms.ts";
import { STAGES } from "./latency-recorder.ts";
import type { Stage } from "./latency-recorder.ts";
import type { LoadCounts } from "./load-counts.ts";
import type { RecordedRun } from "./load-run.ts";
import { intervalMs } from "./load-settings.ts";
import type { LoadSettings } from "./load-settings.ts";
import { findWarnings } from "./warnings.ts";

export interface LoadReport {
  readonly tool: "fairlead load";
  /** Of this document; raised when a reader of an older one would be wrong. */
  readonly formatVersion: 1;
  readonly startedAt: string;
  readonly outcome: RecordedRun["outcome"];
  readonly failure: string;
  /** In the words of a person; empty when there is nothing to doubt. */
  readonly warnings: readonly string[];
  readonly measuredSeconds: number;
  readonly rates: Rates;
  readonly counts: ReportedCounts;
  readonly latency: {
    readonly corrected: Distribution;
    readonly uncorrected: Distribution;
    /** From due to sent: how well the generator kept its own schedule. */
    readonly pacingError: Distribution;
  };
  readonly curves: { readonly corrected: readonly CurvePoint[]; readonly uncorrected: readonly CurvePoint[] };
  readonly overTime: readonly IntervalPoint[];
  readonly stages: readonly StageLatency[];
  readonly settings: LoadSettings;
  readonly environment: Environment;
  readonly venue: { readonly name: string; readonly durability: string };
}

/** Per second of the measured time. */
interface Rates {
  readonly asked: number;
  /** What the schedule came to: differs from `asked` by chance in a Poisson schedule. */
  readonly planned: number;
  readonly sent: number;
  readonly answered: number;
  /** Answered of planned, 0 … 100 and more when a backlog from the warm-up is worked off. */
  readonly achievedPercent: number;
}

interface ReportedCounts extends Omit<LoadCounts, "rejectsByReason"> {
  /** By the name of the reason; only those that happened. */
  readonly rejectsByReason: Readonly<Record<string, number>>;
}

export interface IntervalPoint {
  /** Start of the interval, in seconds of the measured time. By the time at which requests were due. */
  readonly second: number;
  readonly samples: number;
  /** Null: too few samples. */
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
}

/** Of the requests that asked for a receipt. */
export interface StageLatency {
  readonly stage: string;
  readonly samples: number;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
}

const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  gatewayInNs: "gateway in",
  ringWaitNs: "ring wait",
  matchingNs: "matching",
  ringOutNs: "ring out",
  gatewayOutNs: "gateway out",
};

export function createReport(run: RecordedRun, settings: LoadSettings, environment: Environment): LoadReport {
  const rates = ratesOf(run, settings);
  const facts = {
    startedAt: new Date(run.startTime).toISOString(),
    outcome: run.outcome,
    failure: run.failure,
    measuredSeconds: run.measuredMs / 1000,
    rates,
    counts: reportCounts(run.counts),
    latency: {
      corrected: distributionOf(run.corrected),
      uncorrected: distributionOf(run.uncorrected),
      pacingError: distributionOf(run.pacingError),
    },
  };
  return {
    tool: "fairlead load",
    formatVersion: 1,
    ...facts,
    warnings: findWarnings({ ...facts, drainMs: settings.drainMs }),
    curves: { corrected: percentileCurve(run.corrected), uncorrected: percentileCurve(run.uncorrected) },
    overTime: overTime(run, settings),
    stages: STAGES.map((stage) => stageLatency(stage, run.stages[stage])),
    settings,
    environment,
    venue: { name: run.venue, durability: run.durability },
  };
}

function ratesOf({ counts, measuredMs }: RecordedRun, settings: LoadSettings): Rates {
  const perSecond = (count: number): number => (measuredMs === 0 ? 0 : round(count / (measuredMs / 1000)));
  return {
    asked: settings.ratePerSecond,
    planned: perSecond(counts.planned),
    sent: perSecond(counts.sentInWindow),
    answered: perSecond(counts.answeredInWindow),
    achievedPercent: counts.planned === 0 ? 0 : round((100 * counts.answeredInWindow) / counts.planned),
  };
}

function reportCounts(counts: LoadCounts): ReportedCounts {
  const rejects = Object.entries(RejectReason)
    .map(([name, code]) => [name, counts.rejectsByReason[code] ?? 0] as const)
    .filter(([, count]) => count > 0);
  return { ...counts, rejectsByReason: Object.fromEntries(rejects) };
}

function overTime({ intervals, measuredMs }: RecordedRun, { durationMs }: LoadSettings): IntervalPoint[] {
  const width = intervalMs(durationMs);
  const measured = intervals.slice(0, Math.ceil(measuredMs / width));
  return measured.map((histogram, index) => intervalPoint((index * width) / 1000, histogram));
}

function intervalPoint(second: number, histogram: Histogram): IntervalPoint {
  return { second, ...summaryOf(histogram) };
}

function stageLatency(stage: Stage, histogram: Histogram): StageLatency {
  return { stage: STAGE_NAMES[stage], ...summaryOf(histogram) };
}

function summaryOf(histogram: Histogram): Omit<StageLatency, "stage"> {
  return {
    samples: histogram.totalCount,
    p50Us: supportedUs(histogram, 50, 2),
    p99Us: supportedUs(histogram, 99, 100),
    maxUs: histogram.totalCount === 0 ? null : maxUs(histogram),
  };
}

/** To two decimals. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
