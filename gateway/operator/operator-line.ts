/**
 * The main thread's end of the operator path: a request as JSON in, what the engines said of it out. On the way it goes
 * through one gateway, whose rings take it in order with everything else.
 *
 *   POST /operator ──► OperatorLine ──message──► OperatorDesk ──ring──► engine(s)
 *                  ◄──              ◄──message──              ◄──ring──
 *
 * An instrument that an engine has taken is made known to every gateway before its definition is answered.
 */
import type { Instrument } from "../../engine/engine-config.ts";
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import { REJECT_TEXTS, RejectReason } from "../../protocol/codes.ts";
import { JsonFault, parseOperatorRequest } from "../../protocol/json/json-codec.ts";
import { MAX_INT32, SESSION_NAME_PATTERN } from "../../protocol/limits.ts";
import { findJsonSyntaxProblem } from "../json-syntax.ts";
import type { CompleteDefinition, InstrumentDefinitions } from "./instrument-definitions.ts";
import type { OperatorAnswer, OperatorOrder } from "./operator-desk.ts";

type OperatorRequest = fairlead.v1.OperatorRequest.$Properties;

export type OperatorOutcome =
  /** One report for each engine that the request concerns. */
  | { readonly kind: "reported"; readonly reports: OperatorAnswer["reports"] }
  /** It was not sent; `line` says what is wrong. */
  | { readonly kind: "malformed"; readonly line: string }
  /** These engines did not answer in time: what they did is unknown. */
  | { readonly kind: "unanswered"; readonly reports: OperatorAnswer["reports"]; readonly missing: readonly number[] };

export interface OperatorLineParts {
  readonly definitions: InstrumentDefinitions;
  /** Hands the order to a gateway; {@link OperatorLine.answered} is called with what comes back. */
  readonly order: (order: OperatorOrder) => void;
  /** Resolves when every gateway knows the instrument. */
  readonly announce: (instrument: Instrument) => Promise<void>;
}

export class OperatorLine {
  readonly #parts: OperatorLineParts;
  readonly #waiting = new Map<number, (answer: OperatorAnswer) => void>();
  #lastCorrelation = 0;

  constructor(parts: OperatorLineParts) {
    this.#parts = parts;
  }

  /** @param text The JSON of an OperatorRequest. */
  async request(text: string): Promise<OperatorOutcome> {
    const request = parseOperatorRequest(text);
    if (request instanceof JsonFault) return { kind: "malformed", line: placeOf(text) ?? request.toString() };
    const fault = faultOf(request);
    if (fault !== undefined) return { kind: "malformed", line: fault };
    return request.defineInstrument ? this.#define(request, request.defineInstrument) : this.#send(request);
  }

  answered(answer: OperatorAnswer): void {
    this.#waiting.get(answer.correlation)?.(answer);
    this.#waiting.delete(answer.correlation);
  }

  /** The gateway that the requests went through is gone: what came of them is not known. */
  lost(engines: readonly number[]): void {
    for (const correlation of this.#waiting.keys()) this.answered({ correlation, reports: [], missing: [...engines] });
  }

  async #define(
    request: OperatorRequest,
    definition: fairlead.v1.InstrumentDefinition.$Properties,
  ): Promise<OperatorOutcome> {
    const complete = this.#parts.definitions.complete(definition);
    if (typeof complete === "string") return { kind: "reported", reports: [refusedDefinition(request, complete)] };
    const outcome = await this.#send({ ...request, defineInstrument: complete.definition });
    if (isDone(outcome)) await this.#remember(complete);
    return outcome;
  }

  async #remember({ instrument }: CompleteDefinition): Promise<void> {
    this.#parts.definitions.remember(instrument);
    await this.#parts.announce(instrument);
  }

  async #send(request: OperatorRequest): Promise<OperatorOutcome> {
    this.#lastCorrelation = (this.#lastCorrelation % MAX_INT32) + 1;
    const correlation = this.#lastCorrelation;
    const answer = new Promise<OperatorAnswer>((resolve) => {
      this.#waiting.set(correlation, resolve);
    });
    this.#parts.order({ correlation, request });
    const { reports, missing } = await answer;
    return missing.length === 0 ? { kind: "reported", reports } : { kind: "unanswered", reports, missing };
  }
}

/** Where the text stops being JSON. */
function placeOf(text: string): string | undefined {
  const problem = findJsonSyntaxProblem(text);
  return problem && `line ${problem.line}, column ${problem.column}: ${problem.reason}`;
}

/** Why no command can say this. */
function faultOf({ cancelOrders, advanceTime, command }: fairlead.v1.OperatorRequest): string | undefined {
  if (command === undefined)
    return "expected one of setPhase, killSwitch, cancelOrders, bustTrade, correctTrade, defineInstrument";
  if (advanceTime) return "advanceTime: for files only, a running venue takes its time from the machine";
  const session = cancelOrders?.session ?? "";
  if (session !== "" && !SESSION_NAME_PATTERN.test(session)) {
    return "cancelOrders.session: expected 1 to 32 characters of A-Z a-z 0-9 . _ -";
  }
  return undefined;
}

function refusedDefinition({ requestId }: OperatorRequest, fault: string): fairlead.v1.OperatorReport.$Properties {
  const rejectReason = RejectReason.InvalidInstrument;
  return { requestId: requestId ?? 0, rejectReason, text: `${REJECT_TEXTS[rejectReason]}: ${fault}` };
}

function isDone(outcome: OperatorOutcome): boolean {
  return outcome.kind === "reported" && outcome.reports.every(({ rejectReason }) => !rejectReason);
}
