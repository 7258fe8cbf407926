/**
 * Lines of CSV: a header that names the columns, then a command per line. Cells may be in double quotes, in which a double
 * quote is written twice; a line never continues on the next one. An empty cell is an absent field.
 *
 * The messages of an action are read into one object over and over: a venue keeps nothing of what it takes.
 */
import { didYouMean } from "../../gateway/nearest-name.ts";
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import { type EnumTable, type Field, type Fields, clientFrameTable } from "../../protocol/json/message-table.ts";
import { MAX_ID, SESSION_NAME_PATTERN } from "../../protocol/limits.ts";
import type { CommandFormat } from "./command-format.ts";
import { type CellValue, expectationOf, readCell, readCode } from "./csv-cell.ts";
import { ACTIONS, type Action, type ActionColumns, actionColumns, columnName, columnProblem } from "./csv-columns.ts";
import type { LineFault } from "./input-fault.ts";
import type { Envelope, OfflineVenue } from "./offline-venue.ts";

const QUOTE = '"';
const COMMA = ",";

/** Rows of one action: what its columns are, and the frame that its cells are read into. */
interface ActionReader {
  readonly columns: ActionColumns;
  /** By index of the column; undefined: this action has no such field. */
  readonly fields: readonly (Field | undefined)[];
  /** By index of the column: the message that the field is in. */
  readonly targets: readonly Fields[];
  readonly message: Fields;
  readonly frame: fairlead.v1.ClientFrame.$Properties;
}

/** Orders of one list, row by row. */
interface OpenList {
  /** Cell of the column `list`, the same in all of its rows. */
  readonly label: string;
  readonly contingency: number;
  readonly envelope: Envelope;
  readonly orders: Fields[];
}

/** A fault in the cell of a column; its place is found when it is told. */
class CellFault {
  readonly column: number;
  readonly reason: string;

  constructor(column: number, reason: string) {
    this.column = column;
    this.reason = reason;
  }
}

export class CsvCommands implements CommandFormat {
  readonly #venue: Pick<OfflineVenue, "take">;
  /** As in the header, in one spelling; empty before it. */
  #names: readonly string[];
  readonly #columnOf: Map<string, number>;
  readonly #readers: Map<string, ActionReader>;
  readonly #contingencies: EnumTable;
  /** Of the line at hand, by index of the column: the text, and where it begins. */
  readonly #cells: string[];
  readonly #starts: number[];
  #list: OpenList | undefined;

  constructor(venue: Pick<OfflineVenue, "take">) {
    this.#venue = venue;
    this.#names = [];
    this.#columnOf = new Map();
    this.#readers = new Map();
    this.#contingencies = contingencyCodes();
    this.#cells = [];
    this.#starts = [];
    this.#list = undefined;
  }

  take(line: string): LineFault | null {
    const cellCount = splitCells(line, this.#cells, this.#starts);
    const fault = this.#names.length === 0 ? this.#readHeader(cellCount) : this.#readRow(cellCount);
    return fault === null ? null : { at: this.#starts[fault.column] ?? 0, reason: fault.reason };
  }

  end(): LineFault | null {
    const fault = this.#closeList();
    return fault === null ? null : { at: 0, reason: fault.reason };
  }

  #readHeader(cellCount: number): CellFault | null {
    const names = this.#cells.slice(0, cellCount).map(columnName);
    for (const [column, name] of names.entries()) {
      const problem = columnProblem(name);
      if (problem !== "") return new CellFault(column, problem);
      if (this.#columnOf.has(name)) return new CellFault(column, `the column ${name} is there twice`);
      this.#columnOf.set(name, column);
    }
    this.#names = names;
    return null;
  }

  #readRow(cellCount: number): CellFault | null {
    if (cellCount > this.#names.length) {
      return new CellFault(this.#names.length, `expected ${this.#names.length} cells, found ${cellCount}`);
    }
    this.#cells.fill("", cellCount, this.#names.length);
    const reader = this.#readerOf(this.#cell("action") || "new");
    if (reader instanceof CellFault) return reader;
    const fault = this.#readFields(reader);
    if (fault !== null) return fault;
    const envelope = this.#readEnvelope(reader);
    if (envelope instanceof CellFault) return envelope;
    const label = this.#cell("list");
    if (label !== "") return this.#addToList(label, reader, envelope);
    return this.#closeList() ?? this.#submit(reader.frame, envelope);
  }

  #cell(name: string): string {
    const column = this.#columnOf.get(name);
    return column === undefined ? "" : (this.#cells[column] ?? "");
  }

  #faultIn(name: string, reason: string): CellFault {
    return new CellFault(this.#columnOf.get(name) ?? 0, `${name}: ${reason}`);
  }

  #readerOf(text: string): ActionReader | CellFault {
    const known = this.#readers.get(text);
    if (known !== undefined) return known;
    const action = ACTIONS.find((name) => name === columnName(text));
    if (action === undefined) {
      const meant = didYouMean(columnName(text), ACTIONS);
      return this.#faultIn("action", `expected one of ${ACTIONS.join(", ")}, found "${text}"${meant}`);
    }
    const reader = createReader(action, this.#names);
    this.#readers.set(text, reader);
    return reader;
  }

  #readFields({ columns, fields, targets }: ActionReader): CellFault | null {
    for (let column = 0; column < fields.length; column++) {
      const field = fields[column];
      const text = this.#cells[column] as string;
      if (field === undefined) {
        if (text !== "" && !isAboutRow(this.#names[column] as string)) {
          return this.#faultIn(this.#names[column] as string, `${columns.action} has no such field`);
        }
        continue;
      }
      const value = text === "" ? absentValue(field) : readCell(field, text);
      if (value === undefined) {
        return this.#faultIn(this.#names[column] as string, `expected ${expectationOf(field)}, found "${text}"`);
      }
      (targets[column] as Fields)[field.name] = value;
    }
    return null;
  }

  #readEnvelope({ columns }: ActionReader): Envelope | CellFault {
    const timeText = this.#cell("time");
    const time = timeText === "" ? undefined : Number(timeText);
    if (time !== undefined && !(/^\d+$/u.test(timeText) && time <= MAX_ID)) {
      return this.#faultIn("time", `expected microseconds, an integer from 0 to 2^53-1, found "${timeText}"`);
    }
    // A message with a session of its own is about that one, not from it.
    const session = columns.fields.has("session") ? "" : this.#cell("session");
    if (session !== "" && !SESSION_NAME_PATTERN.test(session)) {
      return this.#faultIn("session", `expected 1 to 32 characters of A-Z a-z 0-9 . _ -, found "${session}"`);
    }
    return { session: session === "" ? undefined : session, time };
  }

  /** Rows of one list follow each other and have the same label. */
  #addToList(label: string, { columns, message }: ActionReader, envelope: Envelope): CellFault | null {
    if (columns.action !== "new")
      return this.#faultIn("list", `only new orders are in a list, found ${columns.action}`);
    if (this.#list?.label === label) {
      this.#list.orders.push({ ...message });
      return null;
    }
    const fault = this.#closeList();
    if (fault !== null) return fault;
    const [name = ""] = label.split(":");
    const contingency = readCode(this.#contingencies, name);
    if (contingency === undefined) {
      return this.#faultIn("list", `expected oco, oto or bracket, and perhaps a colon and a label, found "${label}"`);
    }
    this.#list = { label, contingency, envelope, orders: [{ ...message }] };
    return null;
  }

  /** The orders of the list before this line go together. */
  #closeList(): CellFault | null {
    const list = this.#list;
    if (list === undefined) return null;
    this.#list = undefined;
    const { contingency, orders, envelope, label } = list;
    const frame: Fields = { newOrderList: { contingency, orders } };
    const fault = this.#submit(frame, envelope);
    return fault === null ? null : new CellFault(0, `list ${label} before this line: ${fault.reason}`);
  }

  #submit(frame: fairlead.v1.ClientFrame.$Properties, envelope: Envelope): CellFault | null {
    const fault = this.#venue.take(frame, envelope);
    if (fault === null) return null;
    const [field = ""] = /[a-zA-Z]*$/u.exec(fault.path) ?? [];
    return new CellFault(this.#columnOf.get(columnName(field)) ?? 0, fault.toString());
  }
}

/** Cells that no message has a field for, or that say something about the row as well. */
function isAboutRow(name: string): boolean {
  return name === "action" || name === "time" || name === "list" || name === "session";
}

function createReader(action: Action, names: readonly string[]): ActionReader {
  const columns = actionColumns(action);
  const message: Fields = {};
  const [outerName, innerName] = columns.path as [string, string | undefined];
  const outer: Fields = innerName === undefined ? message : { [innerName]: message };
  const found = names.map((name) => columns.fields.get(name));
  return {
    columns,
    fields: found.map((entry) => entry?.field),
    targets: found.map((entry) => (entry?.isOuter === true ? outer : message)),
    message,
    frame: { [outerName]: outer },
  };
}

function absentValue(field: Field): CellValue {
  switch (field.kind) {
    case "bool":
      return false;
    case "string":
      return "";
    case "message":
      return [];
    default:
      return 0;
  }
}

function contingencyCodes(): EnumTable {
  const list = clientFrameTable.byName.get("newOrderList");
  const field = list?.kind === "message" ? list.message.byName.get("contingency") : undefined;
  if (field?.kind !== "enum") throw new Error("a list has a contingency");
  return field.codes;
}

/** Fills `cells` and `starts`. @returns how many cells the line has. */
function splitCells(line: string, cells: string[], starts: number[]): number {
  let count = 0;
  let start = 0;
  while (start <= line.length) {
    starts[count] = start;
    const isQuoted = line.startsWith(QUOTE, start);
    const end = isQuoted ? endOfQuoted(line, start) : endOfPlain(line, start);
    const text = line.slice(start, end);
    cells[count] = isQuoted ? unquoted(text.trim()) : text.trim();
    count += 1;
    start = end + 1;
  }
  return count;
}

/** As it stands when the quotes do not enclose it: no field takes that. */
function unquoted(text: string): string {
  return text.length > 1 && text.endsWith(QUOTE) ? text.slice(1, -1).replaceAll('""', QUOTE).trim() : text;
}

function endOfPlain(line: string, start: number): number {
  const comma = line.indexOf(COMMA, start);
  return comma === -1 ? line.length : comma;
}

/** After the closing quote; what stands between that and the comma belongs to the cell and makes it no value. */
function endOfQuoted(line: string, start: number): number {
  let quote = line.indexOf(QUOTE, start + 1);
  while (quote !== -1 && line.startsWith(QUOTE, quote + 1)) quote = line.indexOf(QUOTE, quote + 2);
  return endOfPlain(line, quote === -1 ? start : quote);
}
