/** Market data: from subscribing to a gap and back. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Channel, RejectReason, RequestType } from "../protocol/codes.ts";
import {
  BusyError,
  FairleadClient,
  OutcomeUnknownError,
  RequestRejectedError,
  Phase,
  Side,
  type BookMirror,
  type Gap,
  type Subscription,
} from "./index.ts";
import { FakeVenue, type Script } from "./testing/fake-venue.ts";
import { until } from "./testing/until.ts";

let venue: FakeVenue;
let client: FairleadClient;

beforeEach(async () => {
  venue = await FakeVenue.start();
  client = await FairleadClient.connect({ url: venue.wsUrl, requestTimeoutMs: 2000 });
});

afterEach(async () => {
  client.close();
  await venue.stop();
});

function level(price: number, qty: number): { price: number; qty: number; orderCount: number } {
  return { price, qty, orderCount: 1 };
}

function sendDelta(sequenceNumber: number, side: Side, price: number, qty: number): void {
  const changes = [{ side, price, qty, orderCount: 1 }];
  venue.peer.send({ bookDelta: { instrumentId: 1, sequenceNumber, changes } });
}

function nextBook(subscription: Subscription): Promise<BookMirror> {
  return new Promise((resolve) => {
    subscription.once("book", resolve);
  });
}

function subscribeCount(): number {
  return venue.received.filter((frame) => frame.subscribe).length;
}

/** Answers a subscription with a book of two frames at this sequence number. */
function bookAt(sequenceNumber: number): Script {
  return (peer, frame) => {
    if (!frame.subscribe) return false;
    const head = { instrumentId: frame.subscribe.instrumentId ?? 0, sequenceNumber };
    peer.send(
      { bookSnapshot: { ...head, bids: [level(99, 5), level(98, 7)], offers: [level(101, 3)] } },
      { bookSnapshot: { ...head, bids: [level(97, 1)], offers: [], last: true } },
    );
    return true;
  };
}

function refuseSubscribe(rejectReason: RejectReason): Script {
  return (peer, frame) => {
    if (!frame.subscribe) return false;
    const instrumentId = frame.subscribe.instrumentId ?? 0;
    peer.send({ businessReject: { requestType: RequestType.Subscribe, rejectReason, instrumentId } });
    return true;
  };
}

test("a subscription resolves with a complete book and then follows the deltas", async () => {
  venue.script = bookAt(10);
  const subscription = await client.subscribe(1);
  expect(subscription.book.state).toBe("current");
  expect(subscription.bids().map(({ price }) => price)).toEqual([99, 98, 97]);
  expect(subscription.bids(1)).toEqual([level(99, 5)]);
  expect(subscription.bestOffer).toEqual(level(101, 3));
  sendDelta(11, Side.Buy, 100, 2);
  await nextBook(subscription);
  expect(subscription.bestBid).toEqual(level(100, 2));
  sendDelta(12, Side.Sell, 101, 0);
  await nextBook(subscription);
  expect(subscription.offers()).toEqual([]);
});

test("the channels that are asked for are asked for", async () => {
  await client.subscribe(1, { channels: [Channel.Book, Channel.Trades] });
  expect(venue.received.at(-1)?.subscribe).toMatchObject({ instrumentId: 1, channels: [Channel.Book, Channel.Trades] });
});

test("trades and the best bid and offer come as events", async () => {
  const subscription = await client.subscribe(1);
  const trade = { instrumentId: 1, tradeId: 2 ** 48, price: 100, qty: 3, aggressorSide: Side.Sell, transactTime: 1 };
  const bestBidOffer = { instrumentId: 1, bidPrice: 99, bidQty: 5, offerPrice: 0, offerQty: 0 };
  const events: unknown[] = [];
  subscription.on("trade", (event) => events.push(event)).on("bbo", (event) => events.push(event));
  venue.peer.send({ trade }, { bestBidOffer }, { trade: { ...trade, instrumentId: 2 } });
  await client.ping();
  expect(events).toEqual([trade, bestBidOffer]);
});

test("without the book a subscription resolves with the first best bid and offer", async () => {
  venue.script = (peer, frame) => {
    if (!frame.subscribe) return false;
    peer.send({ bestBidOffer: { instrumentId: 1 } });
    return true;
  };
  const subscription = await client.subscribe(1, { channels: [Channel.BestBidOffer] });
  expect(subscription.book.state).toBe("empty");
});

test("a subscription to trades alone resolves when the venue has read it", async () => {
  venue.script = (_, frame) => Boolean(frame.subscribe);
  const subscription = await client.subscribe(1, { channels: [Channel.Trades] });
  expect(subscription.wants(Channel.Book)).toBe(false);
});

test("a refused subscription is a RequestRejectedError, and may be tried again", async () => {
  venue.script = refuseSubscribe(RejectReason.UnknownInstrument);
  await expect(client.subscribe(9)).rejects.toThrow(RequestRejectedError);
  await expect(client.subscribe(9, { channels: [Channel.Trades] })).rejects.toThrow(RequestRejectedError);
  venue.script = refuseSubscribe(RejectReason.Busy);
  await expect(client.subscribe(9)).rejects.toThrow(BusyError);
  venue.script = () => false;
  expect(await client.subscribe(9)).toMatchObject({ instrumentId: 9 });
});

test("an instrument id that cannot travel is a RangeError", async () => {
  await expect(client.subscribe(1.5)).rejects.toThrow("instrumentId must be an integer");
});

test("an instrument is subscribed to once at a time", async () => {
  const subscription = await client.subscribe(1);
  await expect(client.subscribe(1)).rejects.toThrow(RangeError);
  subscription.unsubscribe();
  const second = await client.subscribe(1);
  // The first one has ended: it does not end the second.
  subscription.unsubscribe();
  await client.ping();
  expect(venue.received.filter((frame) => frame.unsubscribe)).toHaveLength(1);
  const book = nextBook(second);
  sendDelta(1, Side.Buy, 100, 2);
  await book;
});

test("nothing comes after unsubscribe", async () => {
  const subscription = await client.subscribe(1);
  const events: unknown[] = [];
  subscription.on("book", (book) => events.push(book));
  subscription.unsubscribe();
  sendDelta(1, Side.Buy, 100, 2);
  await client.ping();
  expect(events).toEqual([]);
});

test("a lost delta is a gap: the book is stale, is asked for once, and is current again after the snapshot", async () => {
  venue.script = bookAt(10);
  const subscription = await client.subscribe(1);
  const gaps: Gap[] = [];
  const atGap: unknown[] = [];
  subscription.on("gap", (gap) => {
    gaps.push(gap);
    atGap.push({ state: subscription.book.state, bestBid: subscription.bestBid, subscribeCount: subscribeCount() });
  });
  venue.script = bookAt(30);
  const renewed = nextBook(subscription);
  for (let sequenceNumber = 12; sequenceNumber < 30; sequenceNumber++) sendDelta(sequenceNumber, Side.Buy, 100, 2);
  await renewed;
  expect(subscribeCount()).toBe(2);
  expect(atGap).toEqual([{ state: "stale", bestBid: level(99, 5), subscribeCount: 1 }]);
  expect(gaps).toMatchObject([{ expectedSequenceNumber: 11, receivedSequenceNumber: 12 }]);
  expect(subscription.book).toMatchObject({ state: "current", sequenceNumber: 30 });
  sendDelta(31, Side.Buy, 100, 2);
  await nextBook(subscription);
  expect(subscription.bestBid).toEqual(level(100, 2));
});

test("the wait before a renewal grows from gap to gap", async () => {
  const subscription = await client.subscribe(1);
  const waits: number[] = [];
  subscription.on("gap", ({ resubscribeInMs }) => waits.push(resubscribeInMs));
  for (let gap = 1; gap <= 3; gap++) {
    const renewed = nextBook(subscription);
    sendDelta(5, Side.Buy, 100, 2);
    await renewed;
    expect(subscribeCount()).toBe(1 + gap);
  }
  expect(waits[0]).toBeLessThanOrEqual(100);
  expect(waits[2]).toBeGreaterThanOrEqual(200);
});

test("a renewal that finds the venue busy is tried again; one that is refused for good is not", async () => {
  const subscription = await client.subscribe(1);
  const rejects: string[] = [];
  subscription.on("reject", (error) => rejects.push(error.name));
  venue.script = (peer, frame) => {
    const reason = rejects.length === 0 ? RejectReason.Busy : RejectReason.TooManySubscriptions;
    return refuseSubscribe(reason)(peer, frame);
  };
  sendDelta(5, Side.Buy, 100, 2);
  await until(() => rejects.length === 2);
  expect(rejects).toEqual(["BusyError", "RequestRejectedError"]);
  expect(subscribeCount()).toBe(3);
  expect(subscription.book.state).toBe("stale");
});

test("the end of the session is an event of the subscription, and ends one that waits for its book", async () => {
  const subscription = await client.subscribe(1);
  const closed = new Promise((resolve) => {
    subscription.on("close", resolve);
  });
  venue.script = () => true;
  const waiting = client.subscribe(2);
  await until(() => subscribeCount() === 2);
  venue.peer.drop();
  expect(await closed).toMatchObject({ name: "SessionEndedError" });
  await expect(waiting).rejects.toThrow(OutcomeUnknownError);
});

test("the phase is known with the first book; indications and amendments follow", async () => {
  venue.script = (peer, frame) => {
    if (!frame.subscribe) return false;
    peer.send({ instrumentStatus: { instrumentId: 1, phase: Phase.OpeningAuction, until: 5 } });
    return bookAt(3)(peer, frame);
  };
  const subscription = await client.subscribe(1);
  expect(subscription.phase).toBe(Phase.OpeningAuction);
  const heard: unknown[] = [];
  subscription.on("phase", (status) => heard.push(status));
  subscription.on("indication", (indication) => heard.push(indication));
  subscription.on("amendment", (amendment) => heard.push(amendment));
  const indication = { instrumentId: 1, price: 100, qty: 2 ** 40, imbalance: 3, imbalanceSide: Side.Sell };
  const amendment = { instrumentId: 1, tradeId: 9, busted: true, price: 100, qty: 3, transactTime: 7 };
  venue.peer.send({ auctionIndication: indication }, { tradeAmendment: amendment });
  await until(() => heard.length === 2);
  expect(subscription.indication).toEqual(indication);
  venue.peer.send({ instrumentStatus: { instrumentId: 1, phase: Phase.Continuous } });
  await until(() => heard.length === 3);
  expect(heard).toEqual([indication, amendment, { instrumentId: 1, phase: Phase.Continuous, until: 0 }]);
  expect([subscription.phase, subscription.indication]).toEqual([Phase.Continuous, undefined]);
});

test("a mirrored book may be crossed while orders collect", async () => {
  venue.script = bookAt(3);
  const subscription = await client.subscribe(1);
  const next = nextBook(subscription);
  sendDelta(4, Side.Buy, 105, 2);
  const book = await next;
  expect([book.bestBid?.price, book.bestOffer?.price]).toEqual([105, 101]);
});
