/**
 * Random sequences of commands for an engine and its twin. Ids, prices and quantities come from small ranges, so that
 * commands meet: most name an order that exists, many cross, some are wrong in one way or another.
 */
import * as fc from "fast-check";
import { MAX_ID } from "../../protocol/limits.ts";
import { CommandFlag, CommandKind } from "../../protocol/record/command-record.ts";
import { type CommandFields, commandOf } from "./command-fields.ts";

/** The first three are open from the start, in this order: handle n comes through gateway n & 1. */
const SESSION_NAMES = ["a", "bb", "ccc", "dddd", "a-session-name-of-32-characters."];
const LAST_PRICE = 2 ** 31 - 1;

function rarely<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: 40 }, { arbitrary: odd, weight: 1 });
}

const instrumentId = rarely(fc.constantFrom(1, 1, 1, 2), fc.constantFrom(0, 3, -1));
/** Who sends a command: usually a session through its own gateway. */
const sender = rarely(
  fc.nat({ max: 2 }).map((session) => ({ session, gateway: session & 1 })),
  fc.record({ session: fc.constantFrom(-1, 0, 1, 2, 3, 1000), gateway: fc.nat({ max: 1 }) }),
);
const clientOrderId = rarely(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, -1, 2 ** 32 + 5, MAX_ID));
const oddPrice = fc.constantFrom(0, -5, 1, LAST_PRICE, 2 ** 30, 32, 1024);
const price = rarely(fc.integer({ min: 85, max: 115 }), oddPrice);
/** Bids and offers overlap a little, so that books fill and orders cross. */
const sideAndPrice = rarely(
  fc.oneof(
    fc.record({ side: fc.constant(1), price: fc.integer({ min: 85, max: 101 }) }),
    fc.record({ side: fc.constant(2), price: fc.integer({ min: 99, max: 115 }) }),
  ),
  fc.record({ side: fc.constantFrom(0, 1, 2, 3, 255), price: oddPrice }),
);
const orderQty = rarely(fc.integer({ min: 1, max: 20 }), fc.constantFrom(0, -1, 1_000_000, 1_000_001));
const gateway = fc.nat({ max: 1 });
const flags = fc.nat({ max: 3 });

const newOrder = fc.record({
  kind: fc.constant(CommandKind.NewOrder),
  sender,
  flags,
  instrumentId,
  sideAndPrice,
  orderType: rarely(fc.constantFrom(0, 1, 1, 1), fc.constantFrom(2, 3, 255)),
  timeInForce: rarely(fc.constantFrom(0, 1, 1, 1, 1, 1, 2, 3), fc.constantFrom(4, 255)),
  clientOrderId,
  orderQty,
});
const marketOrder = fc.record({
  kind: fc.constant(CommandKind.NewOrder),
  sender,
  instrumentId,
  side: fc.constantFrom(1, 2),
  orderType: fc.constant(2),
  timeInForce: fc.constantFrom(0, 2, 3),
  clientOrderId,
  orderQty: fc.integer({ min: 1, max: 60 }),
});
const cancelOrder = fc.record({
  kind: fc.constant(CommandKind.CancelOrder),
  sender,
  flags,
  instrumentId,
  clientOrderId: rarely(fc.constantFrom(0, 500), fc.constantFrom(-1, MAX_ID)),
  origClientOrderId: clientOrderId,
});
const replaceOrder = fc.record({
  kind: fc.constant(CommandKind.ReplaceOrder),
  sender,
  flags,
  instrumentId,
  clientOrderId: fc.oneof(fc.constant(0), clientOrderId),
  origClientOrderId: clientOrderId,
  price,
  orderQty,
});
const massCancel = fc.record({
  kind: fc.constant(CommandKind.MassCancel),
  sender,
  flags,
  instrumentId: fc.constantFrom(0, 0, 1, 2, 3),
  side: fc.constantFrom(0, 0, 1, 2, 3),
  clientOrderId: fc.constantFrom(0, 7, -1),
});
const reopenSession = fc.nat({ max: 2 }).map((index) => ({
  kind: CommandKind.OpenSession,
  gateway: index & 1,
  connection: index,
  name: SESSION_NAMES[index] as string,
}));
const openSession = fc.record({
  kind: fc.constant(CommandKind.OpenSession),
  gateway,
  connection: fc.nat({ max: 5 }),
  clientOrderId: fc.nat({ max: 3 }),
  flags: fc.constantFrom(0, CommandFlag.CancelOnDisconnect),
  name: rarely(fc.constantFrom(...SESSION_NAMES.slice(0, 3)), fc.constantFrom(...SESSION_NAMES)),
});
const closeSession = fc.record({
  kind: fc.constant(CommandKind.CloseSession),
  sender,
  connection: fc.nat({ max: 2 }),
});
const followBook = fc.record({
  kind: fc.constantFrom(CommandKind.FollowBook, CommandKind.UnfollowBook),
  instrumentId,
  gateway,
});

type Fields = Partial<CommandFields> & Pick<CommandFields, "kind">;

/** A command, or: the one that came so many places before, once more. */
type Step = Fields | { readonly repeat: number };

const OPENING: readonly Fields[] = [
  ...SESSION_NAMES.slice(0, 3).map((name, index) => ({
    kind: CommandKind.OpenSession,
    gateway: index & 1,
    connection: index,
    name,
  })),
  { kind: CommandKind.FollowBook, gateway: 0, instrumentId: 1 },
];

/** Sequence numbers and times are those of the place in the sequence. */
export function commandSequence(maxLength: number): fc.Arbitrary<CommandFields[]> {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { arbitrary: newOrder.map(flattened), weight: 55 },
    { arbitrary: marketOrder.map(flattened), weight: 3 },
    { arbitrary: cancelOrder.map(flattened), weight: 6 },
    { arbitrary: replaceOrder.map(flattened), weight: 30 },
    { arbitrary: massCancel.map(flattened), weight: 1 },
    { arbitrary: closeSession.map(flattened), weight: 3 },
    { arbitrary: reopenSession, weight: 4 },
    { arbitrary: openSession, weight: 1 },
    { arbitrary: followBook, weight: 1 },
    { arbitrary: fc.record({ repeat: fc.integer({ min: 1, max: 5 }) }), weight: 4 },
  );
  return fc.array(step, { maxLength, size: "max" }).map((steps) => {
    const commands: CommandFields[] = [];
    for (const fields of OPENING) commands.push(inSequence(fields, commands.length));
    for (const fields of steps) {
      const next = "repeat" in fields ? commands[commands.length - fields.repeat] : fields;
      if (next !== undefined) commands.push(inSequence(next, commands.length));
    }
    return commands;
  });
}

type Drawn = Fields & {
  readonly sender: { readonly session: number; readonly gateway: number };
  readonly sideAndPrice?: { readonly side: number; readonly price: number };
};

function flattened({ sender: from, sideAndPrice: at, ...fields }: Drawn): Fields {
  return { ...fields, ...from, ...at };
}

function inSequence(fields: Fields, index: number): CommandFields {
  return commandOf({
    receivedAt: 0.5 + index,
    gatewayInNs: 100 + index,
    ...fields,
    sequence: index + 1,
    time: 1_700_000_000_000_000 + index * 3,
  });
}
