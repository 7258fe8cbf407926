/** How a scenario file is read, and how it says what is wrong with it. */
import { expect, test } from "vitest";
import { EngineRig } from "./engine-rig.ts";
import { playCase } from "./scenario-case.ts";
import { type ScenarioCase, parseScenarioFile } from "./scenario-file.ts";
import { ScenarioError } from "./scenario-line.ts";

function parse(text: string): ScenarioCase[] {
  return parseScenarioFile("topic.txt", text);
}

/** Each case on an engine of its own. */
function play(text: string): { expected: string; actual: string }[] {
  return parse(text).map((scenario) => playCase(scenario, (config) => new EngineRig(config)));
}

/** What is said of a wrong file. */
function errorOf(text: string): string {
  try {
    play(text);
  } catch (error) {
    if (error instanceof ScenarioError) return error.message;
    throw error;
  }
  return "nothing is wrong";
}

test("a file has cases, a case its steps, and every case an engine of its own", () => {
  const cases = play("# one\nbuy 1 5 @ 100 -> new 1\n\n# two\nbuy 1 5 @ 100  ->  new 1\nbook -> bids: 5 @ 100 x1");
  expect(cases.map(({ actual }) => actual)).toEqual([
    "buy 1 5 @ 100 -> new 1",
    "buy 1 5 @ 100 -> new 1\nbook -> bids: 5 @ 100 x1",
  ]);
  for (const { expected, actual } of cases) expect(actual).toBe(expected);
});

test("a case that fails is shown with what came", () => {
  const [failed] = play("# one\nbuy 1 5 @ 100  ->  new 2 leaves 4");
  expect(failed).toEqual({ expected: "buy 1 5 @ 100 -> new 2 leaves 4", actual: "buy 1 5 @ 100 -> new 1 leaves 5" });
});

test("an event that is missing and one that is too many are shown", () => {
  const [failed] = play("# one\nbuy 1 5 @ 100 ->\nbuy 2 5 @ 100 -> new 2, filled 2");
  expect(failed).toEqual({
    expected: "buy 1 5 @ 100 ->\nbuy 2 5 @ 100 -> new 2, filled 2",
    actual: "buy 1 5 @ 100 -> new 1\nbuy 2 5 @ 100 -> new 2",
  });
});

test("a line that ends with a comma goes on in the next one", () => {
  const [first] = parse("# one\nsell 1 5 @ 100\nb: buy 2 5 @ 100 -> new 2,\n    trade 1x2 5 @ 100,\n    filled 2\n");
  expect(first?.steps.map(({ expected }) => expected)).toEqual([undefined, ["new 2", "trade 1x2 5 @ 100", "filled 2"]]);
});

test("what is wrong is told with file, line, column and word", () => {
  expect(errorOf("buy 1 5 @ 100")).toBe('topic.txt:1:1: a case begins with "# title"; found "buy 1 5 @ 100"');
  expect(errorOf("# one\n# two\nbook")).toBe("topic.txt:1:1: a case has a title and at least one step");
  expect(errorOf("# one\nby 1 5 @ 100")).toBe('topic.txt:2:1: a has no such command: "by"');
  expect(errorOf("# one\nbuy 1 5 @ 1oo")).toBe('topic.txt:2:11: price must be a number "1oo"');
  expect(errorOf("# one\nbuy 1 5 @")).toBe("topic.txt:2:10: price is missing");
  expect(errorOf("# one\nbuy 1 5 @ 100 sho 3")).toBe('topic.txt:2:15: no such term: "sho"');
  expect(errorOf("# one\ncancel 1 2")).toBe('topic.txt:2:10: nothing may follow here, but there is "2"');
  expect(errorOf("# one\nlist oco { sell 1 5 @ 110")).toBe("topic.txt:2:26: } is missing after order");
  expect(errorOf("# one\nbuy 1 5 @ 100 ->  nwe 1")).toBe('topic.txt:2:19: no such event: "nwe"');
  expect(errorOf("# one\nbuy 1 0 @ 100 -> rejected 1 InvalidQty")).toBe('topic.txt:2:29: no such reason: "InvalidQty"');
  expect(errorOf("# one\ngiven engine seats 3\nbook")).toBe('topic.txt:2:14: no such size of an engine: "seats"');
  expect(errorOf("# one\nbook\ngiven engine orders 3")).toBe('topic.txt:3:1: "given" stands before the first step');
  expect(errorOf("# one\nstatus 1")).toBe('topic.txt:2:8: a has not used this client order id: "1"');
  expect(errorOf("# one\ntime soon")).toBe('topic.txt:2:6: time must be a time like 7000, 5ms, 2s or 08:30 "soon"');
  expect(errorOf("# one\nbuy 1 5 @ 100 -> new 1,")).toBe("topic.txt:2:1: nothing follows the comma at the end");
});
