import { expect, test } from "vitest";
import { createReport } from "./load-report.ts";
import { renderHtml } from "./report-html.ts";
import { EXAMPLE_ENVIRONMENT, EXAMPLE_SETTINGS, exampleRun } from "./testing/example-run.ts";

const REPORT = createReport({ ...exampleRun(), venue: "</script><b>venue" }, EXAMPLE_SETTINGS, EXAMPLE_ENVIRONMENT);
const HTML = renderHtml(REPORT);

/** The numbers in the table row of this name. */
function cells(name: string): string[] {
  const row = new RegExp(`<th scope="row">${name}</th>(.*?)</tr>`, "u").exec(HTML)?.[1] ?? "";
  return [...row.matchAll(/<td>(.*?)<\/td>/gu)].map(([, text]) => text ?? "");
}

test("the page holds the whole report", () => {
  const json = /<script type="application\/json" id="report-data">(.*?)<\/script>/su.exec(HTML)?.[1] ?? "";
  expect(JSON.parse(json)).toEqual(REPORT);
});

test("the page asks for nothing from outside", () => {
  expect(HTML).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`);
  expect(HTML).not.toMatch(/<(?:link|img|iframe|object|embed|base)\b/iu);
  expect(HTML).not.toMatch(/\b(?:src|href|action)\s*=\s*["']?[a-z]/iu);
  expect(HTML).not.toMatch(/@import|url\(|sourceMappingURL|fetch\(|XMLHttpRequest|^import /mu);
  // The only address is the one in the licence line of the plot library.
  expect(HTML.match(/https?:\/\/[^\s"'<)]+/gu)).toEqual(["https://github.com/leeoniya/uPlot"]);
});

test("the plot library and the page's own script are inside, and each script element ends only once", () => {
  expect(HTML).toContain("var uPlot=function()");
  expect(HTML).toContain("function percentilePlot(");
  expect(HTML.match(/<script/gu)).toHaveLength(3);
  expect(HTML.match(/<\/script>/gu)).toHaveLength(3);
});

test("text from the venue and the machine is shown as text", () => {
  expect(HTML).toContain("&lt;/script&gt;&lt;b&gt;venue at tcp://127.0.0.1:7002");
  expect(HTML).toContain("Some &lt;fast&gt; processor × 2");
});

test("numbers are in tables too, for readers without JavaScript", () => {
  expect(cells("p50")).toEqual(["199 µs", "189 µs", "10.0 µs"]);
  expect(cells("matching")).toEqual(["0.30 µs", "–", "0.30 µs"]);
  expect(cells("requests")).toEqual(["2,000"]);
  expect(cells("seed")).toEqual(["1"]);
});
