/** Draws what an operator does while others trade, and tells what came of it. What stops trading is undone at once. */
import type { Dice } from "../../../engine/testing/flow/dice.ts";
import type { ServerPorts } from "../server-process.ts";
import type { OperatorAnswer } from "./ledger.ts";

/** As POST /operator writes it. */
interface Report {
  readonly sequenceNumber?: string;
  readonly count?: number;
  readonly rejectReason?: string;
}

const FIRST_ADDED = 10;
const LAST_ADDED = 30;

function drawRequests(dice: Dice): readonly object[] {
  const account = { scope: "ACCOUNT", account: 9 };
  return dice.oneOf<() => readonly object[]>([
    () => [{ cancelOrders: { instrumentId: 2 } }],
    () => [{ cancelOrders: { session: "ann" } }],
    () => [{ killSwitch: account }, { killSwitch: { ...account, release: true } }],
    () => [{ setPhase: { instrumentId: 2, phase: "HALT" } }, { setPhase: { instrumentId: 2, phase: "CONTINUOUS" } }],
    () => [{ setPhase: { instrumentId: 1, phase: "PRE_OPEN" } }, { setPhase: { phase: "CONTINUOUS" } }],
    () => [definition(dice.between(FIRST_ADDED, LAST_ADDED), dice.between(1, 5))],
  ])();
}

function definition(instrumentId: number, qtyStep: number): object {
  return { defineInstrument: { instrumentId, symbol: `ADDED-${instrumentId}`, qtyStep, referencePrice: 100 } };
}

/**
 * @param ended Aborted when the venue has ended: nobody else gets the request, and nobody waits for an answer.
 * @returns what was answered; less than everything when the venue ended meanwhile.
 */
export async function operate(ports: ServerPorts, dice: Dice, ended: AbortSignal): Promise<OperatorAnswer[]> {
  const answers: OperatorAnswer[] = [];
  for (const request of drawRequests(dice)) {
    const reports = await post(ports, request, ended);
    if (reports === undefined) break;
    answers.push(...reports.map(answerOf));
  }
  return answers;
}

async function post(ports: ServerPorts, request: object, signal: AbortSignal): Promise<Report[] | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${ports.adminPort}/operator`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      signal,
    });
    return response.ok ? ((await response.json()) as Report[]) : undefined;
  } catch {
    // The venue has ended: what became of the request is not known.
    return undefined;
  }
}

function answerOf({ sequenceNumber, count, rejectReason }: Report): OperatorAnswer {
  return { sequence: Number(sequenceNumber), count: count ?? 0, isDone: rejectReason === undefined };
}
