/**
 * A subject against its naive twin: the same commands must make the same events, field by field and gateway by gateway, and
 * leave the same books; what the events tell of the visible books must be those books, and no lot may be lost.
 */
import { Side } from "../../../protocol/codes.ts";
import type { CommandFields } from "../command-fields.ts";
import type { EventFields } from "../event-fields.ts";
import { type TwinLevel, sumOf } from "../twin/book-queries.ts";
import type { NaiveTwin } from "../twin/naive-twin.ts";
import type { Place } from "../twin/twin-order.ts";
import { linesOf } from "./command-words.ts";
import { Conservation } from "./conservation.ts";
import { FollowedBooks } from "./followed-books.ts";
import { shrunk } from "./shrink.ts";
import type { Subject } from "./subject.ts";

export interface Contestants {
  readonly subject: Subject;
  readonly twin: NaiveTwin;
}

const PLACES: readonly Place[] = ["shown", "hidden", "allOrNone", "trigger", "waiting"];
/** Between them only the books that a command can have changed are looked at. */
const COMMANDS_BETWEEN_FULL_CHECKS = 50;

/** Where the two part. */
export class Divergence extends Error {
  override readonly name = "Divergence";
}

export interface ComparisonOptions {
  readonly gatewayCount: number;
  /** Sessions stay connected: their reports are also added up. */
  readonly keepsSessions?: boolean;
}

/** Throws a Divergence at the first difference, or whatever a contestant throws. */
function compare(
  { subject, twin }: Contestants,
  commands: readonly CommandFields[],
  { gatewayCount, keepsSessions = false }: ComparisonOptions,
): void {
  const followed = Array.from({ length: gatewayCount }, (_, gateway) => new FollowedBooks(gateway));
  const conservation = keepsSessions ? new Conservation() : undefined;
  commands.forEach((command, index) => {
    const expected = twin.apply(command);
    const events = subject.apply(command);
    expectSameEvents(events, expected);
    expectSame("open orders", subject.openCount, twin.openCount);
    expectSame("ended orders", subject.endedCount, twin.endedCount);
    for (const books of followed) books.apply(command, events);
    conservation?.apply(events);
    conservation?.assertBalanced(sumOf(twin.openOrders));
    const isFull = index % COMMANDS_BETWEEN_FULL_CHECKS === 0 || index === commands.length - 1;
    const touched = isFull ? twin.instrumentIds : touchedBy(command, expected);
    for (const instrumentId of touched) compareBooks({ subject, twin }, instrumentId, followed);
    subject.assertInvariants();
  });
}

function touchedBy({ instrumentId }: CommandFields, events: readonly (readonly EventFields[])[]): Set<number> {
  const touched = new Set([instrumentId]);
  for (const own of events) for (const event of own) touched.add(event.instrumentId);
  return touched;
}

/** Index = gateway. */
export function expectSameEvents(events: EventFields[][], expected: EventFields[][]): void {
  expected.forEach((own, gateway) => {
    own.forEach((event, at) => expectSameEvent(events[gateway]?.[at], event, `gateway ${gateway}, event ${at}`));
    expectSame(`number of events to gateway ${gateway}`, events[gateway]?.length, own.length);
  });
}

function expectSameEvent(event: EventFields | undefined, expected: EventFields, where: string): void {
  if (event === undefined) throw new Divergence(`${where}: missing ${differences({}, expected)}`);
  for (const name in expected) {
    const key = name as keyof EventFields;
    if (event[key] !== expected[key]) {
      const text = `kind ${event.kind} of order ${event.orderId}: ${differences(event, expected)}`;
      throw new Divergence(`${where}: ${text}`);
    }
  }
}

/** "name 3, not 4": what the subject says, and what the twin expects. */
function differences(event: Partial<EventFields>, expected: EventFields): string {
  const names = Object.keys(expected) as (keyof EventFields)[];
  const differing = names.filter((name) => (event[name] ?? 0) !== expected[name]);
  return differing.map((name) => `${name} ${event[name]}, not ${expected[name]}`).join("; ");
}

function compareBooks({ subject, twin }: Contestants, instrumentId: number, followed: readonly FollowedBooks[]): void {
  for (const side of [Side.Buy, Side.Sell]) {
    const levels = twin.levels(instrumentId, side);
    const where = `of instrument ${instrumentId}, side ${side}`;
    expectSameRows(`levels ${where}`, subject.levels(instrumentId, side), levels, isSameLevel);
    for (const books of followed) {
      if (!books.instrumentIds.includes(instrumentId)) continue;
      expectSameRows(`levels as followed ${where}`, books.levels(instrumentId, side), levels, isSameLevel);
    }
    for (const place of PLACES) {
      const ids = subject.queue(instrumentId, side, place);
      const expected = twin.queue(instrumentId, side, place);
      if (ids !== undefined) expectSameRows(`${place} orders ${where}`, ids, expected, (a, b) => a === b);
    }
  }
}

function isSameLevel(a: TwinLevel, b: TwinLevel | undefined): boolean {
  return b !== undefined && a.price === b.price && a.qty === b.qty && a.orderCount === b.orderCount;
}

function expectSameRows<T>(
  what: string,
  rows: readonly T[],
  expected: readonly T[],
  isSame: (a: T, b: T | undefined) => boolean,
): void {
  const areSame = rows.length === expected.length && rows.every((row, index) => isSame(row, expected[index]));
  if (!areSame) throw new Divergence(`${what}: ${JSON.stringify(rows)}, not ${JSON.stringify(expected)}`);
}

function expectSame(what: string, value: unknown, expected: unknown): void {
  if (value === expected) return;
  throw new Divergence(`${what}: ${JSON.stringify(value)}, not ${JSON.stringify(expected)}`);
}

/** Compares; a failure is told with the shortest commands that still fail. */
export function compareOrShrink(
  contestants: () => Contestants,
  commands: readonly CommandFields[],
  options: ComparisonOptions,
): void {
  const failureOf = (tried: readonly CommandFields[]): string => {
    try {
      compare(contestants(), tried, options);
      return "";
    } catch (error) {
      return String(error);
    }
  };
  const failure = failureOf(commands);
  if (failure === "") return;
  const short = shrunk(commands, (tried) => kindOf(failureOf(tried)) === kindOf(failure));
  throw new Divergence(`${failureOf(short)}\n${linesOf(short)}`);
}

/** A failure without its numbers: shorter commands have others, but must not fail for another reason. */
function kindOf(failure: string): string {
  return failure.replaceAll(/-?\d+/gu, "#");
}
