import { describe, expect, test } from "vitest";
import { RejectReason } from "../protocol/codes.ts";
import { createReport } from "./load-report.ts";
import type { LoadReport } from "./load-report.ts";
import type { RecordedRun } from "./load-run.ts";
import { EXAMPLE_ENVIRONMENT, EXAMPLE_SETTINGS, exampleRun } from "./testing/example-run.ts";
import { renderTextTable } from "./text-table.ts";

function reportOf(change: (run: RecordedRun) => Partial<RecordedRun> | undefined): LoadReport {
  const run = exampleRun();
  return createReport({ ...run, ...change(run) }, EXAMPLE_SETTINGS, EXAMPLE_ENVIRONMENT);
}

const REPORT = reportOf(() => undefined);

test("a run that did what it was asked to has nothing to warn of", () => {
  expect(REPORT.warnings).toEqual([]);
  expect(REPORT.rates).toEqual({ asked: 1000, planned: 1000, sent: 1000, answered: 1000, achievedPercent: 100 });
});

test("an interval tells of its own requests, and no percentile that it has too few of", () => {
  expect(REPORT.overTime).toHaveLength(2);
  const [first, second] = REPORT.overTime;
  expect(first).toMatchObject({ second: 0, samples: 1000 });
  expect(first?.maxUs).toBeGreaterThan(49_000);
  expect(second?.maxUs).toBeLessThan(400);
  expect(REPORT.stages[0]).toEqual({ stage: "gateway in", samples: 100, p50Us: 1, p99Us: null, maxUs: 1 });
});

test("an interrupted run tells of the time that it had", () => {
  const report = reportOf(() => ({ outcome: "interrupted", measuredMs: 700 }));
  expect(report.overTime).toHaveLength(1);
  expect(report.measuredSeconds).toBe(0.7);
});

describe("it says loudly", () => {
  test("that the venue did not keep up", () => {
    const { warnings } = reportOf(({ counts }) => void (counts.answeredInWindow = 1979));
    expect(warnings).toEqual([expect.stringMatching(/^RATE NOT ACHIEVED: 990 answers per second to 1,000 planned/u)]);
    expect(reportOf(({ counts }) => void (counts.answeredInWindow = 1980)).warnings).toEqual([]);
  });

  test("that the generator did not keep up, beside what followed from that", () => {
    const { warnings } = reportOf(({ counts }) => void (counts.sentInWindow = counts.answeredInWindow = 1000));
    expect(warnings[0]).toMatch(/^LOAD NOT REACHED: the generator sent 500 of 1,000 .* \(50\.0 %\)/u);
    expect(warnings[1]).toMatch(/^RATE NOT ACHIEVED/u);
  });

  test("that requests are unanswered", () => {
    const { warnings } = reportOf(({ counts }) => void ((counts.answered = 1990), (counts.unanswered = 10)));
    expect(warnings).toEqual([expect.stringMatching(/^UNANSWERED: 10 of 2,000 requests had no answer 5 s after/u)]);
  });

  test("that the venue was busy", () => {
    const { warnings } = reportOf(({ counts }) => void (counts.rejectsByReason[RejectReason.Busy] = 1));
    expect(warnings).toEqual([expect.stringMatching(/^BUSY: the venue turned away 1 of 2,000/u)]);
  });

  test("that the load was refused, unless only cancels came too late", () => {
    const refused = reportOf(({ counts }) => void (counts.rejectsByReason[RejectReason.UnknownInstrument] = 20));
    expect(refused.warnings).toEqual([expect.stringMatching(/^REJECTED: .* 20 of 2,000 .* \(UnknownInstrument 20\)/u)]);
    expect(reportOf(({ counts }) => void (counts.rejectsByReason[RejectReason.OrderClosed] = 900)).warnings).toEqual(
      [],
    );
  });

  test("that sends were late", () => {
    const { warnings } = reportOf(({ counts }) => void (counts.sentLate = 20));
    expect(warnings).toEqual([expect.stringMatching(/^LATE SENDS: 20 of 2,000/u)]);
    expect(reportOf(({ counts }) => void (counts.sentLate = 19)).warnings).toEqual([]);
  });

  test("that the run failed, and why", () => {
    const { warnings } = reportOf(() => ({ outcome: "failed", failure: "session load-1: connection lost" }));
    expect(warnings).toEqual([expect.stringMatching(/^THE RUN FAILED: session load-1: connection lost/u)]);
  });

  test("in the table too", () => {
    const report = reportOf(({ counts }) => void (counts.rejectsByReason[RejectReason.Busy] = 7));
    const table = renderTextTable(report);
    expect(table).toContain(`!! ${report.warnings[0] ?? "none"}`);
    expect(table).toContain("rejects   Busy 7");
  });
});

test("the table shows the percentiles that the samples support, and says which were left out", () => {
  const table = renderTextTable(REPORT);
  expect(table).toMatch(/^p50 +199 µs +189 µs +10\.0 µs$/mu);
  expect(table).toMatch(/^p99 +298 µs/mu);
  expect(table).not.toMatch(/^p99\.9 /mu);
  expect(table).toMatch(/^max +50\.0 ms/mu);
  expect(table).toContain("left out: p99.9, p99.99 (fewer than 10 samples lie beyond)");
  expect(table).toMatch(/^ring wait +2\.00 µs +– +2\.00 µs$/mu);
});
