/**
 * Holds what clients were told in one life of the venue to what its journal says happened. The journal is played to an engine and
 * to the naive twin, which must agree; then, for each connection:
 *
 *  - it was told nothing but what the commands behind its logon made for its session, in their order, without a hole: nothing that a
 *    client knows is lost, doubled or invented;
 *  - the journal has of its requests a part in the order in which they were sent, each at most once, and none that the gateway
 *    turned away.
 */
import {
  MAX_BUSINESS_REJECT_BYTES,
  MAX_EXECUTION_REPORT_BYTES,
  encodeBusinessReject,
  encodeExecutionReport,
  encodeMassCancelReport,
} from "../../../protocol/codec/server-frame-encoder.ts";
import { CommandKind } from "../../../protocol/record/command-record.ts";
import { EVT_ORDER_QTY, EventKind, NO_SESSION } from "../../../protocol/record/event-record.ts";
import type { CommandFields } from "../../../engine/testing/command-fields.ts";
import type { EventFields } from "../../../engine/testing/event-fields.ts";
import type { StepVisitor } from "../../../engine/testing/crash/journal-follower.ts";
import { frameIn } from "./ledger-client.ts";
import { type ConnectionLedger, type Ledger, type OperatorAnswer, type Request, isSameRequest } from "./ledger.ts";

/** The venues of these tests have one. */
const ENGINE = 0;
const MAX_FRAME_BYTES = Math.max(MAX_EXECUTION_REPORT_BYTES, MAX_BUSINESS_REJECT_BYTES);

/** What the journal says of one logon. */
interface Opening {
  readonly session: string;
  readonly lastSessionSequence: number;
  readonly requests: Request[];
  readonly frames: Uint8Array[];
}

/** Gathers what one life of the venue left in the journal. Handles of sessions are known over all lives. */
export class JournaledLife implements StepVisitor {
  /** The logon that counts, by handle of the session. */
  readonly #current = new Map<number, Opening>();
  readonly #out = new Uint8Array(MAX_FRAME_BYTES);
  #command: CommandFields | undefined;
  #openings: Opening[] = [];
  #operator = new Map<number, OperatorAnswer>();

  /** Before the journal of the next life is read. */
  begin(): void {
    this.#openings = [];
    this.#operator = new Map();
  }

  command(command: CommandFields): void {
    this.#command = command;
    const isOfSession = command.kind <= CommandKind.MassCancel;
    if (isOfSession) this.#current.get(command.session)?.requests.push(command);
  }

  event(event: EventFields, i32: Int32Array, f64: Float64Array, base: number): void {
    if (event.kind === EventKind.SessionOpened) this.#open(event);
    if (event.kind === EventKind.OperatorReport) this.#operate(event);
    if (event.session === NO_SESSION) return;
    const length = this.#encode(event, i32, f64, base);
    if (length > 0) this.#current.get(event.session)?.frames.push(this.#out.slice(0, length));
  }

  #open({ session: handle, sessionSequence: lastSessionSequence }: EventFields): void {
    const opening = { session: this.#command?.name ?? "", lastSessionSequence, requests: [], frames: [] };
    this.#current.set(handle, opening);
    this.#openings.push(opening);
  }

  #operate({ sequence, orderQty: count, reason }: EventFields): void {
    this.#operator.set(sequence, { sequence, count, isDone: reason === 0 });
  }

  /** The frame as the venue sends it; 0: nothing is sent. */
  #encode({ kind }: EventFields, i32: Int32Array, f64: Float64Array, base: number): number {
    switch (kind) {
      case EventKind.ExecutionReport:
        return encodeExecutionReport(i32, f64, base, ENGINE, 0, 0, this.#out, 0);
      case EventKind.BusinessReject:
        return encodeBusinessReject(i32, f64, base, ENGINE, this.#out, 0);
      case EventKind.MassCancelReport:
        return encodeMassCancelReport(i32, f64, base, i32[base + EVT_ORDER_QTY] as number, this.#out, 0);
      default:
        return 0;
    }
  }

  /** Throws when somebody was told what is not so. Every session has logged on at most once in this life. */
  check(ledger: Ledger): void {
    for (const connection of ledger.connections) {
      const own = this.#openings.filter(({ session }) => session === connection.session);
      if (own.length > 1) throw new Error(`${connection.session} was opened ${own.length} times by one logon`);
      checkConnection(connection, own[0]);
    }
    for (const answer of ledger.operator) this.#checkOperator(answer);
  }

  #checkOperator(answer: OperatorAnswer): void {
    const made = this.#operator.get(answer.sequence);
    const isSame = made !== undefined && made.count === answer.count && made.isDone === answer.isDone;
    if (!isSame) throw new Error(`the operator was told ${JSON.stringify(answer)}, not ${JSON.stringify(made)}`);
  }
}

function checkConnection(connection: ConnectionLedger, opening: Opening | undefined): void {
  const { session, accepted, told, sent } = connection;
  if (opening === undefined) {
    if (accepted !== undefined || told.length > 0) throw new Error(`the logon of ${session} is lost`);
    return;
  }
  const { lastSessionSequence, frames, requests } = opening;
  const said = accepted?.lastSessionSequence[ENGINE] ?? lastSessionSequence;
  if (said !== lastSessionSequence) {
    throw new Error(`${session} was told that its last report was ${said}, not ${lastSessionSequence}`);
  }
  checkTold(session, told, frames);
  checkRequests(connection, sent, requests);
}

function checkTold(session: string, told: readonly Uint8Array[], frames: readonly Uint8Array[]): void {
  const wrong = told.findIndex((bytes, at) => Buffer.compare(bytes, frames[at] ?? new Uint8Array(0)) !== 0);
  if (wrong === -1) return;
  const frame = frames[wrong];
  const expected = frame === undefined ? "nothing" : JSON.stringify(frameIn(frame));
  const was = JSON.stringify(frameIn(told[wrong] as Uint8Array));
  throw new Error(`frame ${wrong} to ${session} was ${was}; the journal says ${expected}`);
}

function checkRequests(
  { session, refused }: ConnectionLedger,
  sent: readonly Request[],
  journaled: readonly Request[],
): void {
  let next = 0;
  for (const request of journaled) {
    const words = `request ${request.clientOrderId} (kind ${request.kind}) of ${session}`;
    if (refused.has(request.clientOrderId)) throw new Error(`${words} was turned away, and is in the journal`);
    next = placeOf(request, sent, next) + 1;
    if (next === 0) throw new Error(`${words} is in the journal, and was not sent there and then, or not as often`);
  }
}

/** Of a request among those that were sent, from this index on; −1: it is not among them. */
function placeOf(request: Request, sent: readonly Request[], from: number): number {
  for (let at = from; at < sent.length; at++) if (isSameRequest(request, sent[at] as Request)) return at;
  return -1;
}
