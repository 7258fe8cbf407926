/**
 * Fairlead beside nodejs-order-book on what both know: limit orders (GTC, IOC, FOK), market orders, cancels, replaces. After
 * every command both must have made the same fills, in the same order, and show the same levels.
 *
 * Where they differ on purpose is in docs/peers.md. Each difference has a test here that shows it, and is left out of the random
 * commands in one place: {@link isShared}. FAIRLEAD_LONG=1 runs twenty times as many.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Side } from "../../protocol/codes.ts";
import { FairleadBook } from "./fairlead-book.ts";
import { NodejsOrderBook } from "./nodejs-order-book.ts";
import { type Depth, type Fill, LimitLife, type SharedBook, type SharedCommand } from "./shared-command.ts";

const RUNS = process.env["FAIRLEAD_LONG"] === "1" ? 4000 : 200;
const COMMANDS_PER_RUN = 200;

/** Few prices, small quantities, most orders may rest: many trades, many orders at one price. */
const side = fc.constantFrom(Side.Buy, Side.Sell);
const price = fc.integer({ min: 98, max: 102 });
const qty = fc.integer({ min: 1, max: 12 });
const life = fc.oneof(
  { weight: 5, arbitrary: fc.constant(LimitLife.GoodTillCancel) },
  { weight: 1, arbitrary: fc.constantFrom(LimitLife.ImmediateOrCancel, LimitLife.FillOrKill) },
);
/** Which of the orders entered so far, open or not, counted back from the last. */
const back = fc.integer({ min: 0, max: 15 });

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("limit" as const),
      side,
      price,
      qty,
      life,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("market" as const), side, qty }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("cancel" as const), back }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("replace" as const), back, price, qty }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What the comparison knows of an order, from the fills alone. */
interface Known {
  price: number;
  open: number;
}

interface Outcome {
  readonly fills: readonly Fill[];
  readonly depth: Depth;
}

function outcomeOf(book: SharedBook, command: SharedCommand): Outcome {
  const fills = book.apply(command);
  return { fills, depth: book.depth() };
}

/** Names orders as the steps are taken, so that a shrunk run is still a run. */
class Comparison {
  readonly #fairlead = new FairleadBook();
  readonly #peer = new NodejsOrderBook();
  readonly #known = new Map<number, Known>();
  #lastId = 0;

  /** What each of the two answers with and shows afterwards; undefined when the step names nothing that they share. */
  take(one: Step): { readonly fairlead: Outcome; readonly peer: Outcome } | undefined {
    const command = this.#commandOf(one);
    if (command === undefined || !isShared(command, this.#known.get(command.id))) return undefined;
    const fairlead = outcomeOf(this.#fairlead, command);
    const peer = outcomeOf(this.#peer, command);
    this.#remember(command, fairlead.fills);
    return { fairlead, peer };
  }

  #commandOf(one: Step): SharedCommand | undefined {
    if (one.type === "limit" || one.type === "market") return { ...one, id: ++this.#lastId };
    const id = this.#lastId - one.back;
    return id < 1 ? undefined : one.type === "cancel" ? { type: "cancel", id } : { ...one, id };
  }

  #remember(command: SharedCommand, fills: readonly Fill[]): void {
    const filled = fills.reduce((sum, fill) => sum + fill.qty, 0);
    for (const fill of fills) {
      const resting = this.#known.get(fill.restingId);
      if (resting !== undefined) resting.open -= fill.qty;
    }
    const known = this.#known.get(command.id);
    if (command.type === "cancel" || command.type === "market") this.#known.delete(command.id);
    else if (command.type === "replace" && (known === undefined || known.open === 0)) return;
    else {
      const rests = command.type === "replace" || command.life === LimitLife.GoodTillCancel;
      this.#known.set(command.id, { price: command.price, open: rests ? command.qty - filled : 0 });
    }
  }
}

/** A replace that would keep its place in the queue here loses it there: not shared. All other commands are. */
function isShared(command: SharedCommand, known: Known | undefined): boolean {
  if (command.type !== "replace" || known === undefined) return true;
  return known.open === 0 || command.price !== known.price || command.qty > known.open;
}

test("random commands make the same fills and leave the same levels in both books", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: COMMANDS_PER_RUN / 2, maxLength: COMMANDS_PER_RUN }), (steps) => {
      const comparison = new Comparison();
      for (const one of steps) {
        const outcomes = comparison.take(one);
        expect(outcomes?.fairlead).toEqual(outcomes?.peer);
      }
    }),
    { numRuns: RUNS },
  );
});

function play(commands: readonly SharedCommand[]): { fairlead: Fill[]; peer: Fill[] } {
  const [fairlead, peer] = [new FairleadBook(), new NodejsOrderBook()];
  return {
    fairlead: commands.flatMap((command) => fairlead.apply(command)),
    peer: commands.flatMap((command) => peer.apply(command)),
  };
}

describe("differences, as docs/peers.md explains them", () => {
  const bid = { type: "limit", side: Side.Buy, life: LimitLife.GoodTillCancel } as const;
  const marketSell = { type: "market", side: Side.Sell } as const;

  test("an order that is only reduced keeps its place here and goes to the back there", () => {
    const { fairlead, peer } = play([
      { ...bid, id: 1, price: 100, qty: 5 },
      { ...bid, id: 2, price: 100, qty: 5 },
      { type: "replace", id: 1, price: 100, qty: 3 },
      { ...marketSell, id: 3, qty: 1 },
    ]);
    expect(fairlead).toEqual([{ restingId: 1, price: 100, qty: 1 }]);
    expect(peer).toEqual([{ restingId: 2, price: 100, qty: 1 }]);
  });

  test("an order replaced by what it is keeps its place here and goes to the back there", () => {
    const { fairlead, peer } = play([
      { ...bid, id: 1, price: 100, qty: 5 },
      { ...bid, id: 2, price: 100, qty: 5 },
      { type: "replace", id: 1, price: 100, qty: 5 },
      { ...marketSell, id: 3, qty: 1 },
    ]);
    expect(fairlead).toEqual([{ restingId: 1, price: 100, qty: 1 }]);
    expect(peer).toEqual([{ restingId: 2, price: 100, qty: 1 }]);
  });

  test("an id is free again there as soon as its order has ended, here it is remembered", () => {
    const { fairlead, peer } = play([
      { ...bid, id: 1, price: 100, qty: 5 },
      { type: "cancel", id: 1 },
      { ...bid, id: 1, price: 101, qty: 5 },
      { ...marketSell, id: 2, qty: 1 },
    ]);
    expect(fairlead).toEqual([]);
    expect(peer).toEqual([{ restingId: 1, price: 101, qty: 1 }]);
  });

  test("there is no limit to a price or quantity there, here an instrument has one", () => {
    const { fairlead, peer } = play([
      { ...bid, id: 1, price: 100, qty: 1_000_001 },
      { ...marketSell, id: 2, qty: 1 },
    ]);
    expect(fairlead).toEqual([]);
    expect(peer).toEqual([{ restingId: 1, price: 100, qty: 1 }]);
  });
});
