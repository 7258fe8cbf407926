/** What a step expects, event by event. A word that no event has is told with its place, before anything is played. */
import { CancelReason, LogoutReason, OrderStatus, RejectReason } from "../../protocol/codes.ts";
import { type Place, ScenarioError } from "./scenario-line.ts";
import { EVENT_WORDS } from "./scenario-words.ts";

const CODE_NAMES = new Set([CancelReason, LogoutReason, OrderStatus, RejectReason].flatMap(Object.keys));
/** A word, or the comma behind an event. */
const PIECE = /,|[^\s,]+/gu;

/** @param from Where the expectation begins in the line. */
export function parseExpectation(place: Place, line: string, from: number): string[] {
  const events: string[][] = [[]];
  for (const { 0: piece, index } of line.slice(from).matchAll(PIECE)) {
    const words = events.at(-1) ?? [];
    if (piece === ",") events.push([]);
    else {
      checkWord(piece, words.length === 0, `${place}:${from + index + 1}`);
      words.push(piece);
    }
  }
  return events.filter((words) => words.length > 0).map((words) => words.join(" "));
}

function checkWord(word: string, isFirst: boolean, place: Place): void {
  if (isFirst && !EVENT_WORDS.includes(word)) throw new ScenarioError(`${place}: no such event: "${word}"`);
  if (/^[A-Z]/u.test(word) && !CODE_NAMES.has(word)) throw new ScenarioError(`${place}: no such reason: "${word}"`);
}
