/** The pages for operators: whoever needs them has no time for a link that is dead or a log line that no longer exists. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, filesIn, operatorPages, readText, runbooks } from "../testing/operations.ts";

const PARTS = [
  "What you see",
  "What it means for clients",
  "What Fairlead does by itself",
  "What you do",
  "How you know it is over",
];

/** All text that a venue can write, and some more. */
const sources = ["engine", "gateway", "cli"]
  .flatMap((folder) => filesIn(folder, ".ts"))
  .filter((path) => !path.endsWith(".test.ts"))
  .map(readText)
  .join("\n");

/** Lines of the code blocks that show the log. */
function logLines(page: string): string[] {
  return [...page.matchAll(/```log\n([^`]*)```/gu)].flatMap(([, block]) => (block ?? "").trim().split("\n"));
}

/** What the line says, cut where it differs from case to case, and where one message has another in it. */
function fixedParts(line: string): string[] {
  const text = /"msg":"([^"]*)"/u.exec(line)?.[1] ?? line.replace(/^(?:error|fairlead): /u, "");
  return text
    .split(/…[\w./]*|\d+|[:;] /u)
    .map((part) => part.trim())
    .filter((part) => part.length >= 6);
}

function anchorsOf(path: string): string[] {
  const headings = [...readText(path).matchAll(/^#+ (.*)$/gmu)].map(([, heading]) => heading ?? "");
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function isDead(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

test.each(runbooks())("%s has the parts of a runbook, in their order", (path) => {
  const headings = [...readText(path).matchAll(/^## (.*)$/gmu)].map(([, heading]) => heading);
  expect(headings).toEqual(PARTS);
});

test("the table of runbooks has each of them once", () => {
  const rows = readText("ops/runbooks/README.md").matchAll(/^\| \[[\w-]+\]\((\S+)\)/gmu);
  const listed = [...rows].map(([, file]) => `ops/runbooks/${file}`);
  expect(new Set(listed)).toEqual(new Set(runbooks()));
  expect(listed).toHaveLength(runbooks().length);
});

test.each(runbooks())("every log line that %s shows is one that a venue writes", (path) => {
  const unknown = logLines(readText(path))
    .flatMap(fixedParts)
    .filter((part) => !sources.includes(part));
  expect(unknown).toEqual([]);
});

test.each(operatorPages())("the links of %s lead somewhere", (page) => {
  const links = [...readText(page).matchAll(/\]\(([^)\s]+)\)/gu)].map(([, link]) => link ?? "");
  expect(links.filter((link) => !link.startsWith("http") && isDead(page, link))).toEqual([]);
});
