/** Help texts: usage, a description, options in two columns, examples. Plain text, coloured only on a terminal. */
import { styleText } from "node:util";
import type { Option, OptionTable } from "./option-table.ts";

export interface HelpPage {
  /** `fairlead load [options]` */
  readonly usage: string;
  /** A paragraph. */
  readonly description: string;
  readonly options: OptionTable;
  readonly examples: readonly HelpExample[];
}

export interface HelpExample {
  readonly command: string;
  readonly does: string;
}

/** The stream that a text goes to, as far as its looks depend on it. */
export interface Surface {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const MAX_COLUMNS = 110;
const MIN_COLUMNS = 60;

export function renderHelp(page: HelpPage, surface: Surface): string {
  const width = Math.max(MIN_COLUMNS, Math.min(surface.columns ?? MAX_COLUMNS, MAX_COLUMNS));
  const heading = (text: string) => paint("bold", text, surface);
  const options = Object.entries(page.options).map(
    ([name, option]) => [optionTerm(name, option), optionText(option)] as const,
  );
  const examples = page.examples.map(({ command, does }) => `  ${command}\n${wrap(does, width - 6, "      ")}`);
  const sections = [
    `${heading("Usage:")} ${page.usage}`,
    wrap(page.description, width, ""),
    `${heading("Options:")}\n${renderTable([...options, ["-h, --help", "Show this text."]], width)}`,
  ];
  if (examples.length > 0) sections.push(`${heading("Examples:")}\n${examples.join("\n")}`);
  return `${sections.join("\n\n")}\n`;
}

/** Terms on the left, texts on the right, wrapped under each other. */
export function renderTable(rows: readonly (readonly [term: string, text: string])[], width: number): string {
  const termWidth = Math.max(...rows.map(([term]) => term.length)) + 4;
  const indent = " ".repeat(termWidth);
  return rows
    .map(([term, text]) => `  ${term}`.padEnd(termWidth) + wrap(text, width - termWidth, indent).trimStart())
    .join("\n");
}

/** Colours only where a person looks and has not asked for none (no-color.org). */
export function paint(format: "bold" | "red" | "yellow", text: string, surface: Surface): string {
  const coloured = surface.isTTY === true && !process.env["NO_COLOR"];
  return coloured ? styleText(format, text, { validateStream: false }) : text;
}

function optionTerm(name: string, option: Option): string {
  const dashed = option.short === undefined ? `--${name}` : `-${option.short}, --${name}`;
  return option.type === "boolean" ? dashed : `${dashed} ${option.placeholder ?? placeholderOf(option)}`;
}

function placeholderOf(option: Option): string {
  switch (option.type) {
    case "int":
      return "N";
    case "choice":
      return "NAME";
    case "rate":
      return "RATE";
    case "duration":
      return "TIME";
    case "list":
      return "A,B";
    default:
      return "VALUE";
  }
}

function optionText(option: Option): string {
  const notes = [];
  if (option.type === "choice") notes.push(option.choices.join(" | "));
  const shownDefault = defaultOf(option);
  if (shownDefault !== undefined) notes.push(`default ${shownDefault}`);
  if (option.env !== undefined) notes.push(`env ${option.env}`);
  return notes.length === 0 ? option.help : `${option.help} (${notes.join("; ")})`;
}

function defaultOf(option: Option): string | undefined {
  if (option.type === "boolean") return undefined;
  if (option.defaultText !== undefined) return option.defaultText;
  if (option.default === undefined) return undefined;
  return option.type === "duration" ? formatDuration(option.default) : String(option.default);
}

function formatDuration(milliseconds: number): string {
  return milliseconds >= 1000 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}

function wrap(text: string, width: number, indent: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => indent + line).join("\n");
}
