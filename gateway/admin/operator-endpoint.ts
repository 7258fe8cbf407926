/**
 * POST /operator: the JSON of an OperatorRequest in, a JSON array of OperatorReports out, one for each engine that the request
 * concerns. A request that an engine refuses is answered like any other: its report has a rejectReason.
 */
import { formatOperatorReport } from "../../protocol/json/json-codec.ts";
import type { OperatorOutcome } from "../operator/operator-line.ts";
import type { AdminSources } from "./admin-sources.ts";
import { type Answer, type Endpoint, text } from "./endpoint.ts";

/** Hands a request, as text, to the venue. */
export type Operate = (text: string) => Promise<OperatorOutcome>;

export function createOperatorEndpoint(sources: AdminSources, operate: Operate): Endpoint {
  return {
    summary: "POST an OperatorRequest as JSON: phases, kill switches, cancels, trades, instruments",
    allow: ["POST"],
    takes: "application/json",
    answer: async (body) => {
      if (!sources.isReady()) return text(503, sources.readinessReason());
      return answerFor(await operate(body));
    },
  };
}

function answerFor(outcome: OperatorOutcome): Answer {
  switch (outcome.kind) {
    case "malformed":
      return text(400, outcome.line);
    case "unanswered": {
      const silent = outcome.missing.map((engine) => `engine ${engine}`).join(", ");
      return text(
        504,
        `no answer in time from ${silent}: what it did is unknown; the others: ${formatReports(outcome)}`,
      );
    }
    default:
      return { status: 200, contentType: "application/json", body: `${formatReports(outcome)}\n` };
  }
}

function formatReports({ reports }: Extract<OperatorOutcome, { reports: unknown }>): string {
  return `[${reports.map(formatOperatorReport).join(",")}]`;
}
