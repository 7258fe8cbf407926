/** A snapshot is the whole engine: whoever goes on from it cannot be told from the one that was never stopped. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CommandFlag, CommandKind, InstrumentTerm } from "../protocol/record/command-record.ts";
import { OrderType, Side, TimeInForce } from "../protocol/codes.ts";
import { ByteRig } from "./testing/byte-rig.ts";
import { type CommandFields, commandOf } from "./testing/command-fields.ts";
import { SMALL_ENGINE, instrumentOf } from "./testing/engine-rig.ts";
import { CommandFlow } from "./testing/flow/command-flow.ts";
import { unitsOf } from "./testing/flow/shrink.ts";

const CONFIG = {
  ...SMALL_ENGINE,
  gatewayCount: 2,
  maxSessions: 3,
  maxPriceLevels: 256,
  maxInstruments: 6,
  instruments: [1, 2, 3, 4].map((instrumentId) => instrumentOf(instrumentId)),
};
/** Orders, sessions and what is remembered run out: places are used again and again. */
const TIGHT = { ...CONFIG, maxOpenOrders: 10, maxEndedOrders: 5, maxSessions: 2 };

const COMMANDS = 1500;

function played(commands: readonly CommandFields[], config = CONFIG): ByteRig {
  const rig = new ByteRig(config);
  for (const command of commands) rig.apply(command);
  return rig;
}

/**
 * An engine in the state of another one that goes on by itself. Who follows which book is of the connections, and given on
 * apart.
 */
function continued(rig: ByteRig, into: ByteRig): ByteRig {
  into.engine.restore(rig.engine.save());
  into.engine.state.books.followers.set(rig.engine.state.books.followers);
  return into;
}

/** The same flows in every run of the gate; FAIRLEAD_SEED=n plays others. */
const SEED = Number(process.env["FAIRLEAD_SEED"] ?? 1);

/** Plays the rest of a flow on both. @returns the index of the first command that they answer differently; −1: none. */
function firstDifference(one: ByteRig, other: ByteRig, commands: readonly CommandFields[]): number {
  return commands.findIndex((command) => one.apply(command) !== other.apply(command));
}

function eventsOf(rig: ByteRig, commands: readonly CommandFields[]): string[] {
  return commands.map((command) => rig.apply(command));
}

/** Indexes of the commands that go on with a list or a definition. */
function insidesOf(commands: readonly CommandFields[]): number[] {
  const insides: number[] = [];
  let index = 0;
  for (const unit of unitsOf(commands)) {
    for (let at = 1; at < unit.length; at++) insides.push(index + at);
    index += unit.length;
  }
  return insides;
}

describe.each([
  ["with room", CONFIG],
  ["where everything runs out", TIGHT],
])("an engine %s", (_, config) => {
  test("goes on from a snapshot with the same bytes, to the same state", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(COMMANDS), (seed, at) => {
        const commands = new CommandFlow({ seed }).take(COMMANDS);
        const live = played(commands.slice(0, at), config);
        // What it held before is gone.
        const restored = continued(live, played(new CommandFlow({ seed: seed + 1 }).take(300), config));
        expect(restored.engine.stateHash()).toBe(live.engine.stateHash());
        expect(firstDifference(live, restored, commands.slice(at))).toBe(-1);
        expect(restored.engine.stateHash()).toBe(live.engine.stateHash());
      }),
      { seed: SEED, numRuns: 20, endOnFailure: true },
    );
  });

  test("has the same state after the same commands", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const commands = new CommandFlow({ seed }).take(COMMANDS);
        expect(played(commands, config).engine.stateHash()).toBe(played(commands, config).engine.stateHash());
      }),
      { seed: SEED, numRuns: 5, endOnFailure: true },
    );
  });
});

test("a list or a definition of which a part has come is in the snapshot", () => {
  const commands = new CommandFlow({ seed: 1 }).take(COMMANDS);
  const expected = eventsOf(new ByteRig(CONFIG), commands);
  const live = new ByteRig(CONFIG);
  const restored = new ByteRig(CONFIG);
  const insides = insidesOf(commands);
  expect(insides.length).toBeGreaterThan(100);
  let done = 0;
  for (const at of insides) {
    eventsOf(live, commands.slice(done, at));
    done = at;
    continued(live, restored);
    // Far enough for the rest of it, and for what comes of it.
    expect(eventsOf(restored, commands.slice(at, at + 20)), `from ${at}`).toEqual(expected.slice(at, at + 20));
  }
});

test("a snapshot is a copy: neither the engine that it is of nor the one that took it over changes it", () => {
  const commands = new CommandFlow({ seed: 2 }).take(COMMANDS);
  const live = played(commands.slice(0, 1000));
  const snapshot = live.engine.save();
  const hash = live.engine.stateHash();
  const restored = new ByteRig(CONFIG);
  for (let round = 0; round < 2; round++) {
    restored.engine.restore(snapshot);
    expect(restored.engine.stateHash()).toBe(hash);
    eventsOf(live, commands.slice(1000 + round * 200, 1200 + round * 200));
    eventsOf(restored, commands.slice(1000, 1200));
  }
});

test("what was measured on the way of a command is no part of the state", () => {
  const commands = new CommandFlow({ seed: SEED }).take(COMMANDS);
  const unmeasured = commands.map((command) => ({
    ...command,
    receivedAt: 0,
    gatewayInNs: 0,
    flags: command.flags & ~CommandFlag.Stamped,
  }));
  expect(played(unmeasured).engine.stateHash()).toBe(played(commands).engine.stateHash());
});

test("a handle that was never given out is nobody's in an engine that goes on from a snapshot, too", () => {
  const opening = commandOf({ kind: CommandKind.OpenSession, sequence: 1, name: "a" });
  const order = {
    kind: CommandKind.NewOrder,
    side: Side.Buy,
    instrumentId: 1,
    clientOrderId: 1,
    price: 100,
    orderQty: 1,
  };
  const stray = commandOf({ ...order, sequence: 2, session: 1 });
  const rig = played([opening]);
  expect(continued(rig, new ByteRig(CONFIG)).apply(stray)).toBe(rig.apply(stray));
});

test("nothing is left of a snapshot that contradicts itself once another one is taken over", () => {
  const commands = new CommandFlow({ seed: 3 }).take(COMMANDS);
  const expected = eventsOf(new ByteRig(CONFIG), commands);
  const rig = new ByteRig(CONFIG);
  const beginning = rig.engine.save();
  const bad = played(commands).engine.save();
  // It says that no order was ever there, and has their records.
  bad.regions.find(({ name }) => name === "order pool")?.words.fill(0);
  rig.engine.restore(bad);
  rig.engine.restore(beginning);
  expect(eventsOf(rig, commands)).toEqual(expected);
  expect(rig.engine.stateHash()).toBe(played(commands).engine.stateHash());
});

describe("the state hash", () => {
  const opening = commandOf({ kind: CommandKind.OpenSession, name: "a", sequence: 1 });
  const order = {
    kind: CommandKind.NewOrder,
    side: Side.Buy,
    orderType: OrderType.Limit,
    timeInForce: TimeInForce.GoodTillCancel,
    instrumentId: 1,
    clientOrderId: 1,
    price: 100,
    orderQty: 10,
    account: 1,
    sequence: 2,
    time: 5,
  };

  function hashAfter(changed: Partial<CommandFields>): string {
    return played([opening, commandOf({ ...order, ...changed })]).engine.stateHash();
  }

  test.each<Partial<CommandFields>>([
    { side: Side.Sell },
    { timeInForce: TimeInForce.Day },
    { instrumentId: 2 },
    { clientOrderId: 2 },
    { price: 101 },
    { orderQty: 11 },
    { account: 2 },
    { flags: CommandFlag.Hidden },
    { displayQty: 1 },
    { price: 0 },
  ])("is another one when one order is: %j", (changed) => {
    expect(hashAfter(changed)).not.toBe(hashAfter({}));
  });

  test("is another one when a session has another name, and when a definition in the making has another row", () => {
    const term = {
      kind: CommandKind.InstrumentTerm,
      session: -1,
      instrumentId: 1,
      price: InstrumentTerm.QtyStep,
      sequence: 2,
    };
    const hashes = [
      [commandOf({ ...opening, name: "b" })],
      [opening, commandOf({ ...term, quoteAmount: 2 })],
      [opening, commandOf({ ...term, quoteAmount: 3 })],
      [opening],
    ].map((commands) => played(commands).engine.stateHash());
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test("is 16 hexadecimal digits, and looking at it changes nothing", () => {
    const rig = played([opening]);
    expect(rig.engine.stateHash()).toMatch(/^[0-9a-f]{16}$/u);
    expect(rig.engine.stateHash()).toBe(rig.engine.stateHash());
  });
});
