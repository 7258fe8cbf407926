import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeVenue } from "../client/testing/fake-venue.ts";
import { RejectReason, RequestType } from "../protocol/codes.ts";
import { runLoad } from "./load-run.ts";
import type { RecordedRun } from "./load-run.ts";
import type { LoadSettings } from "./load-settings.ts";
import { EXAMPLE_SETTINGS } from "./testing/example-run.ts";
import { isRequest, scriptLoadVenue, startLoadVenue } from "./testing/load-venue.ts";

let venue: FakeVenue;

beforeEach(async () => {
  venue = await startLoadVenue();
});

afterEach(() => venue.stop());

function run(settings: Partial<LoadSettings> = {}, signal = new AbortController().signal): Promise<RecordedRun> {
  const short = { ...EXAMPLE_SETTINGS, url: venue.tcpUrl, ratePerSecond: 500, durationMs: 400, warmupMs: 100 };
  return runLoad({ ...short, ...settings }, { signal, onProgress: () => undefined });
}

test.each(["tcpUrl", "wsUrl"] as const)("every planned request is sent and answered (%s)", async (url) => {
  const recorded = await run({ url: venue[url] });
  expect(recorded).toMatchObject({ outcome: "completed", started: true, measuredMs: 400 });
  expect(recorded.counts).toMatchObject({ planned: 200, answered: 200, unanswered: 0 });
  expect(recorded.corrected.totalCount).toBe(200);
  expect(recorded.uncorrected.totalCount).toBe(200);
  expect(recorded.pacingError.totalCount).toBe(200);
  // The warm-up is sent too.
  expect(venue.received.filter(isRequest)).toHaveLength(250);
  expect(venue.received.flatMap(({ logon }) => (logon ? [logon.session] : []))).toEqual(
    expect.arrayContaining(["load-1", "load-2", "load-3", "load-4"]),
  );
  expect(venue.received.filter(({ logout }) => logout)).toHaveLength(4);
});

test("the number of workers does not change what is sent", async () => {
  const requests = (): string[] => {
    const terms = venue.received.filter(isRequest).map(({ newOrder, replaceOrder, cancelOrder }) => {
      const { instrumentId, price, orderQty } = { ...cancelOrder, ...replaceOrder, ...newOrder };
      return `${instrumentId ?? 0} ${price ?? 0} ${orderQty ?? 0}`;
    });
    return terms.toSorted((a, b) => a.localeCompare(b));
  };
  await run({ workers: 1 });
  const one = requests();
  venue.received.length = 0;
  await run({ workers: 3 });
  expect(requests()).toEqual(one);
});

test("a venue that turns requests away is counted by reason, and its refused cancels are sent again", async () => {
  scriptLoadVenue(venue, (peer, { cancelOrder }) => {
    if (!cancelOrder) return false;
    peer.send({
      businessReject: {
        requestType: RequestType.CancelOrder,
        rejectReason: RejectReason.Busy,
        clientOrderId: cancelOrder.clientOrderId ?? 0,
        origClientOrderId: cancelOrder.origClientOrderId ?? 0,
        instrumentId: cancelOrder.instrumentId ?? 0,
      },
    });
    return true;
  });
  const { counts } = await run();
  expect(counts.byAnswer.rejected).toBe(counts.byKind.cancel);
  expect(counts.rejectsByReason[RejectReason.Busy]).toBe(counts.byKind.cancel);
  const canceled = venue.received.flatMap(({ cancelOrder }) => (cancelOrder ? [cancelOrder.origClientOrderId] : []));
  expect(new Set(canceled).size).toBeLessThan(canceled.length);
});

test("receipts that were asked for are in the stages", async () => {
  scriptLoadVenue(venue, (peer, { newOrder }) => {
    if (!newOrder?.receipt) return false;
    const receipt = { gatewayInNs: 100, ringWaitNs: 200, matchingNs: 300, ringOutNs: 400, gatewayOutNs: 500 };
    peer.send({ executionReport: { execType: 1, clientOrderId: newOrder.clientOrderId ?? 0, receipt } });
    return true;
  });
  const { stages } = await run({ receiptShare: 1 });
  expect(stages.matchingNs.totalCount).toBeGreaterThan(50);
  expect(stages.matchingNs.maxValue).toBe(300);
  expect(stages.gatewayOutNs.maxValue).toBe(500);
});

test("requests without an answer are counted as that, and are in no histogram", async () => {
  scriptLoadVenue(venue, (_, frame) => isRequest(frame));
  const recorded = await run({ drainMs: 20 });
  expect(recorded.outcome).toBe("completed");
  expect(recorded.counts).toMatchObject({ planned: 200, answered: 0, unanswered: 200 });
  expect(recorded.corrected.totalCount).toBe(0);
});

test("a run that is stopped reports what it has", async () => {
  const stop = new AbortController();
  let requests = 0;
  scriptLoadVenue(venue, (_, frame) => {
    if (isRequest(frame) && ++requests === 150) stop.abort();
    return false;
  });
  const recorded = await run({ durationMs: 60_000 }, stop.signal);
  expect(recorded.outcome).toBe("interrupted");
  expect(recorded.counts.answered).toBeGreaterThan(50);
  expect(recorded.counts).toMatchObject({ planned: recorded.counts.answered, unanswered: 0 });
  expect(recorded.measuredMs).toBeLessThan(60_000);
});

test("a venue that goes away ends the run, which reports what it has and why", async () => {
  let requests = 0;
  scriptLoadVenue(venue, (peer, frame) => {
    if (isRequest(frame) && ++requests === 150) peer.drop();
    return false;
  });
  const recorded = await run({ durationMs: 60_000 });
  expect(recorded.outcome).toBe("failed");
  expect(recorded.failure).toMatch(/^session load-\d: /u);
  expect(recorded.counts.answered).toBeGreaterThan(0);
});

test("a session that is refused makes a run that never started", async () => {
  scriptLoadVenue(venue, (peer, { logon }) => {
    if (logon?.session !== "load-3") return false;
    peer.send({ logout: { reason: 6, text: "in use" } });
    return true;
  });
  const recorded = await run();
  expect(recorded).toMatchObject({ outcome: "failed", started: false });
  expect(recorded.failure).toContain("load-3: logon refused (SessionInUse)");
  expect(recorded.counts.planned).toBe(0);
});
