/**
 * What gateways let out: all that clients can have been told. It must be what an engine that was never interrupted says, event by
 * event: nothing lost, doubled or invented.
 *
 * A line is what one gateway told in one life of the process, in order. What is for everybody who follows a book is compared on its own:
 * who follows what is no part of the state.
 */
import type { History } from "./history.ts";
import { isAddressed, isOfImage, wordsOf } from "./event-text.ts";
import { demand } from "./simulation-failure.ts";

interface Told {
  readonly sequence: number;
  readonly text: string;
}

export class LedgerLine {
  readonly gateway: number;
  /** What was told and not compared yet. */
  #told: Told[] = [];
  #toldSequence = 0;
  /** The command whose events are being compared, and how many of them to one receiver were. */
  #sequence: number;
  #count = 0;

  /** @param after The line begins with the events of the command after this one. */
  constructor(gateway: number, after: number) {
    this.gateway = gateway;
    this.#sequence = after + 1;
  }

  /** Highest command of which something was told. */
  get toldSequence(): number {
    return this.#toldSequence;
  }

  add(sequence: number, text: string): void {
    this.#told.push({ sequence, text });
    this.#toldSequence = Math.max(this.#toldSequence, sequence);
  }

  /** Everything that was told is of settled commands. */
  compare(history: History): void {
    for (const { sequence, text } of this.#told) {
      if (isOfImage(text)) continue;
      this.#goOnTo(sequence, history);
      if (isAddressed(text)) this.#expectNext(text, history);
      else this.#expectPublic(sequence, text, history);
    }
    this.#told = [];
  }

  /** Nothing is missing up to this command. */
  complete(sequence: number, history: History): void {
    this.#goOnTo(sequence + 1, history);
  }

  #goOnTo(sequence: number, history: History): void {
    demand(
      sequence >= this.#sequence,
      () => `gateway ${this.gateway} told of command ${sequence} after ${this.#sequence}`,
    );
    while (this.#sequence < sequence) {
      const missing = addressed(this.#sequence, this.gateway, history)[this.#count];
      demand(missing === undefined, () => `gateway ${this.gateway} never told of ${wordsOf(missing)}`);
      this.#sequence++;
      this.#count = 0;
    }
  }

  #expectNext(text: string, history: History): void {
    const expected = addressed(this.#sequence, this.gateway, history)[this.#count++];
    demand(
      text === expected,
      () => `gateway ${this.gateway} told ${wordsOf(text)}; what happened is ${wordsOf(expected)}`,
    );
  }

  #expectPublic(sequence: number, text: string, history: History): void {
    const isKnown = history.eventsOf(sequence)[this.gateway]?.includes(text) ?? false;
    demand(isKnown, () => `gateway ${this.gateway} told followers ${wordsOf(text)}, which did not happen`);
  }
}

function addressed(sequence: number, gateway: number, history: History): string[] {
  return (history.eventsOf(sequence)[gateway] ?? []).filter(isAddressed);
}
