/** Frames arrive whole whatever the pieces they come in. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeServerFrame } from "../protocol/codec/cold-codec.ts";
import { ServerFrameReader, type ServerFrameSink } from "./server-frame-reader.ts";
import { FairleadClient, type ExecutionReport } from "./index.ts";
import { FakeVenue, type ServerFrame } from "./testing/fake-venue.ts";

const FRAMES: ServerFrame[] = [
  { executionReport: { clientOrderId: 2 ** 53 - 1, execType: 3, lastQty: 7, text: "ä€" } },
  { bookDelta: { instrumentId: 1, sequenceNumber: 9, changes: [{ side: 1, price: 5, qty: 2 ** 40 }] } },
  { trade: { tradeId: 1 } },
  { bestBidOffer: { bidPrice: 1 } },
  // Longer than 127 bytes: its length takes two.
  { bookSnapshot: { bids: Array.from({ length: 40 }, (_, n) => ({ price: 1000 - n, qty: 1 })), last: true } },
  { instrumentStatus: { phase: 3 } },
  { auctionIndication: { price: 5 } },
  { tradeAmendment: { busted: true } },
  { businessReject: { requestType: 2 } },
  { massCancelReport: { canceledCount: 3 } },
  { heartbeat: {} },
  { instrumentList: { instruments: [{ symbol: "ACME" }], last: true } },
  { venueStatus: { state: 1 } },
  { logonAccepted: { session: "alice" } },
  { logout: { reason: 2 } },
];

/** Names of the messages in the order in which they are delivered. */
class Log implements ServerFrameSink {
  readonly names: string[] = [];
  onExecutionReport = (): void => this.#add("executionReport");
  onBusinessReject = (): void => this.#add("businessReject");
  onBookDelta: ServerFrameSink["onBookDelta"] = () => this.#add("bookDelta");
  onTrade = (): void => this.#add("trade");
  onBestBidOffer = (): void => this.#add("bestBidOffer");
  onBookSnapshot = (): void => this.#add("bookSnapshot");
  onInstrumentStatus = (): void => this.#add("instrumentStatus");
  onAuctionIndication = (): void => this.#add("auctionIndication");
  onTradeAmendment = (): void => this.#add("tradeAmendment");
  onLogonAccepted = (): void => this.#add("logonAccepted");
  onLogout = (): void => this.#add("logout");
  onHeartbeat = (): void => this.#add("heartbeat");
  onInstrumentList = (): void => this.#add("instrumentList");
  onVenueStatus = (): void => this.#add("venueStatus");
  onMassCancelReport = (): void => this.#add("massCancelReport");

  #add(name: string): void {
    this.names.push(name);
  }
}

const NAMES = FRAMES.flatMap((frame) => Object.keys(frame));
const BYTES = Buffer.concat(FRAMES.map(encodeServerFrame));

let venue: FakeVenue;

beforeEach(async () => {
  venue = await FakeVenue.start();
});

afterEach(() => venue.stop());

test("every kind of frame is delivered, in order", () => {
  const log = new Log();
  expect(new ServerFrameReader(log).push(BYTES, true)).toBe("");
  expect(log.names).toEqual(NAMES);
});

test("a stream that is cut in two at any byte delivers the same frames", () => {
  for (let cut = 0; cut <= BYTES.length; cut++) {
    const log = new Log();
    const reader = new ServerFrameReader(log);
    expect(reader.push(BYTES.subarray(0, cut), false)).toBe("");
    expect(reader.push(BYTES.subarray(cut), false)).toBe("");
    expect(log.names).toEqual(NAMES);
  }
});

test("a message that is cut off anywhere but between frames is a violation", () => {
  const ends = new Set<number>([0]);
  let end = 0;
  for (const frame of FRAMES) ends.add((end += encodeServerFrame(frame).length));
  for (let cut = 0; cut <= BYTES.length; cut++) {
    const violation = new ServerFrameReader(new Log()).push(BYTES.subarray(0, cut), true);
    expect(violation === "", `cut at ${cut}`).toBe(ends.has(cut));
  }
});

test("a reader that is stopped by a frame delivers none after it", () => {
  const log = new Log();
  const reader = new ServerFrameReader(log);
  log.onTrade = () => reader.stop();
  expect(reader.push(BYTES, true)).toBe("");
  expect(reader.push(BYTES, true)).toBe("");
  expect(log.names).toEqual(["executionReport", "bookDelta"]);
});

test("over TCP a report arrives whole though every byte comes alone", async () => {
  const client = await FairleadClient.connect({ url: venue.tcpUrl, session: "alice" });
  const seen = new Promise<ExecutionReport>((resolve) => {
    client.on("report", resolve);
  });
  const [report = {}] = FRAMES;
  for (const byte of encodeServerFrame(report)) {
    venue.peer.sendBytes(Uint8Array.of(byte));
    await nextTurn();
  }
  expect(await seen).toMatchObject({ clientOrderId: 2 ** 53 - 1, lastQty: 7, text: "ä€" });
  client.close();
});

test("several frames in one WebSocket message are all read", async () => {
  const client = await FairleadClient.connect({ url: venue.wsUrl, session: "alice" });
  const seen: number[] = [];
  client.on("report", ({ clientOrderId }) => seen.push(clientOrderId));
  venue.peer.send(...[1, 2, 3].map((clientOrderId) => ({ executionReport: { clientOrderId, execType: 1 } })));
  await client.ping();
  expect(seen).toEqual([1, 2, 3]);
  client.close();
});

test("a frequent message in an unusual encoding is delivered as well", () => {
  const log = new Log();
  const deltas: number[][] = [];
  log.onBookDelta = (delta) => {
    const first = [delta.side(0), delta.price(0), delta.qty(0), delta.orderCount(0)];
    deltas.push([delta.instrumentId, delta.sequenceNumber, delta.changeCount, ...first]);
  };
  const change = { side: 2, price: 5, qty: 6, orderCount: 7 };
  const delta = encodeServerFrame({ bookDelta: { instrumentId: 3, sequenceNumber: 4, changes: [change] } });
  // The same message twice in one frame: protobuf merges the two.
  const twice = Uint8Array.of(2 * (delta.length - 1), ...delta.subarray(1), ...delta.subarray(1));
  expect(new ServerFrameReader(log).push(twice, true)).toBe("");
  expect(deltas).toEqual([[3, 4, 2, 2, 5, 6, 7]]);
});
