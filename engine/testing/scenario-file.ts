/**
 * A scenario file as cases. A case is a "# title", its "given" lines, and its steps; "//" begins a line for the reader.
 * A line that ends with a comma goes on in the next one.
 */
import { parseExpectation } from "./scenario-expectation.ts";
import { type Place, ScenarioError, Words } from "./scenario-line.ts";

const ARROW = "->";

export interface ScenarioStep {
  readonly place: Place;
  readonly command: Words;
  /** The command as it is written, with single blanks. */
  readonly commandText: string;
  /** What must come, one entry per event; undefined: whatever comes. */
  readonly expected: readonly string[] | undefined;
}

export interface ScenarioCase {
  readonly title: string;
  readonly place: Place;
  readonly givens: readonly Words[];
  readonly steps: readonly ScenarioStep[];
}

interface Line {
  readonly place: Place;
  readonly text: string;
}

/** @param name How errors call the file. */
export function parseScenarioFile(name: string, text: string): ScenarioCase[] {
  const cases: (ScenarioCase & { givens: Words[]; steps: ScenarioStep[] })[] = [];
  for (const { place, text: line } of linesOf(name, text)) {
    const begun = cases.at(-1);
    if (line.startsWith("#")) {
      cases.push({ title: line.slice(1).trim(), place, givens: [], steps: [] });
    } else if (begun === undefined) {
      throw new ScenarioError(`${place}:1: a case begins with "# title"; found "${line.trim()}"`);
    } else if (line.trimStart().startsWith("given ")) {
      if (begun.steps.length > 0) throw new ScenarioError(`${place}:1: "given" stands before the first step`);
      begun.givens.push(Words.of(place, line));
    } else begun.steps.push(stepOf(place, line));
  }
  const empty = cases.find(({ title, steps }) => title === "" || steps.length === 0);
  if (empty !== undefined) throw new ScenarioError(`${empty.place}:1: a case has a title and at least one step`);
  return cases;
}

export function stepOf(place: Place, line: string): ScenarioStep {
  const arrow = line.indexOf(ARROW);
  const commandText = arrow < 0 ? line : line.slice(0, arrow);
  return {
    place,
    command: Words.of(place, commandText),
    commandText: singleBlanks(commandText),
    expected: arrow < 0 ? undefined : expectedOf(place, line, arrow + ARROW.length),
  };
}

/** A book is one answer, though its levels are separated by commas. */
function expectedOf(place: Place, line: string, from: number): string[] {
  const isBook = line.trimStart().startsWith("book");
  return isBook ? [singleBlanks(line.slice(from))] : parseExpectation(place, line, from);
}

/** Without blank lines and comments; continued lines are joined, with the place of the first. */
function linesOf(name: string, text: string): Line[] {
  const lines: Line[] = [];
  let open: Line | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const content = raw.trim();
    if (content === "" || content.startsWith("//")) continue;
    const line: Line = open === undefined ? { place: `${name}:${index + 1}`, text: raw } : joined(open, content);
    open = content.endsWith(",") && !content.startsWith("#") ? line : undefined;
    if (open === undefined) lines.push(line);
  }
  if (open !== undefined) throw new ScenarioError(`${open.place}:1: nothing follows the comma at the end`);
  return lines;
}

function joined(begun: Line, content: string): Line {
  return { place: begun.place, text: `${begun.text.trimEnd()} ${content}` };
}

function singleBlanks(text: string): string {
  return text.trim().replaceAll(/\s+/gu, " ");
}
