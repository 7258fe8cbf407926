/** What happened to the measured requests of a run, as plain numbers that travel between threads and add up. */
import { REJECT_TEXTS } from "../protocol/codes.ts";
import { FLOW_KINDS } from "./mix-profile.ts";
import type { FlowKind } from "./mix-profile.ts";

/** What the first answer to a request was. */
const ANSWERS = ["accepted", "traded", "canceled", "replaced", "expired", "status", "rejected"] as const;
export type Answer = (typeof ANSWERS)[number];

export interface LoadCounts {
  /** Requests that were due in the measured time. */
  planned: number;
  /** Of those, by kind. */
  readonly byKind: Record<FlowKind, number>;
  /** Of those: had an answer before the end of the drain. */
  answered: number;
  unanswered: number;
  readonly byAnswer: Record<Answer, number>;
  /** Of the rejected ones, by RejectReason. */
  readonly rejectsByReason: number[];
  /** Written to the socket more than LATE_MS after they were due. */
  sentLate: number;
  /** Requests written during the measured time, whenever they were due. */
  sentInWindow: number;
  /** First answers that arrived during the measured time, whenever their request was due. */
  answeredInWindow: number;
  /** Executions that were reported to the sessions during the measured time; both sides of a trade count. */
  tradeReports: number;
}

/** A send is called late from here on, in ms. */
export const LATE_MS = 1;

export function newCounts(): LoadCounts {
  return {
    planned: 0,
    byKind: zeroes(FLOW_KINDS),
    answered: 0,
    unanswered: 0,
    byAnswer: zeroes(ANSWERS),
    rejectsByReason: REJECT_TEXTS.map(() => 0),
    sentLate: 0,
    sentInWindow: 0,
    answeredInWindow: 0,
    tradeReports: 0,
  };
}

export function addCounts(into: LoadCounts, counts: LoadCounts): void {
  into.planned += counts.planned;
  into.answered += counts.answered;
  into.unanswered += counts.unanswered;
  into.sentLate += counts.sentLate;
  into.sentInWindow += counts.sentInWindow;
  into.answeredInWindow += counts.answeredInWindow;
  into.tradeReports += counts.tradeReports;
  for (const kind of FLOW_KINDS) into.byKind[kind] += counts.byKind[kind];
  for (const answer of ANSWERS) into.byAnswer[answer] += counts.byAnswer[answer];
  counts.rejectsByReason.forEach((count, reason) => {
    into.rejectsByReason[reason] = (into.rejectsByReason[reason] ?? 0) + count;
  });
}

function zeroes<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}
