/**
 * The columns that a CSV file of commands may have: the fields of the messages in fairlead.proto by their names, and four
 * that are about the row itself. Which fields an action has, its message says.
 */
import { didYouMean } from "../../gateway/nearest-name.ts";
import { assert } from "../../protocol/assert.ts";
import { type Field, type MessageTable, clientFrameTable } from "../../protocol/json/message-table.ts";

/** What a row is, and the way to its message in a ClientFrame. */
const ACTION_PATHS = {
  new: ["newOrder"],
  cancel: ["cancelOrder"],
  replace: ["replaceOrder"],
  mass_cancel: ["massCancel"],
  logon: ["logon"],
  logout: ["logout"],
  set_phase: ["operatorRequest", "setPhase"],
  kill_switch: ["operatorRequest", "killSwitch"],
  cancel_orders: ["operatorRequest", "cancelOrders"],
  bust_trade: ["operatorRequest", "bustTrade"],
  correct_trade: ["operatorRequest", "correctTrade"],
  define_instrument: ["operatorRequest", "defineInstrument"],
  advance_time: ["operatorRequest", "advanceTime"],
} as const;

export type Action = keyof typeof ACTION_PATHS;
export const ACTIONS = Object.keys(ACTION_PATHS) as readonly Action[];

/** About the row, not fields of its message. */
const ROW_COLUMNS = ["action", "session", "time", "list"] as const;

/** Shorter names that people use. */
const COLUMN_ALIASES: Readonly<Record<string, string>> = {
  id: "client_order_id",
  orig_id: "orig_client_order_id",
  instrument: "instrument_id",
  type: "order_type",
  tif: "time_in_force",
  qty: "order_qty",
  stp: "self_trade_prevention",
};

/** Where the cells of an action's rows go. */
export interface ActionColumns {
  readonly action: Action;
  /** By name of the column: a field of the message itself, or of the OperatorRequest around it. */
  readonly fields: ReadonlyMap<string, { readonly field: Field; readonly isOuter: boolean }>;
  readonly message: MessageTable;
  /** From a message and what is around it to what a ClientFrame consists of. */
  readonly path: readonly string[];
}

/** As a column is called in a header: lower case with underscores; camel case and dashes are read too. */
export function columnName(text: string): string {
  return text
    .trim()
    .replaceAll(/(?<=[a-z])(?=[A-Z])/gu, "_")
    .replaceAll(/[-\s]+/gu, "_")
    .toLowerCase();
}

const KNOWN_COLUMNS = knownColumns();

/** @returns what is wrong with the name of a column, or "". */
export function columnProblem(name: string): string {
  if (KNOWN_COLUMNS.has(name)) return "";
  if (!/^\w+$/u.test(name) && name !== "") return "expected a JSON object, or the names of columns";
  if (name === "") return "a column has no name: the first line names the columns";
  return `no such column: ${name}${didYouMean(name, KNOWN_COLUMNS) || "; the first line names the columns"}`;
}

export function actionColumns(action: Action): ActionColumns {
  const path = ACTION_PATHS[action];
  const fields = new Map<string, { field: Field; isOuter: boolean }>();
  const tables = tablesOf(path);
  for (const [depth, table] of tables.entries()) {
    const isOuter = depth < tables.length - 1;
    for (const [name, field] of table.byName) {
      if (!field.isInOneof) fields.set(columnName(name), { field, isOuter });
    }
  }
  for (const [alias, name] of Object.entries(COLUMN_ALIASES)) {
    const aliased = fields.get(name);
    if (aliased !== undefined && !fields.has(alias)) fields.set(alias, aliased);
  }
  const message = tables.at(-1);
  assert(message !== undefined, "an action has a message");
  return { action, fields, message, path };
}

/** The messages on the way, without the frame. */
function tablesOf(path: readonly string[]): MessageTable[] {
  let table = clientFrameTable;
  return path.map((name) => {
    const field = table.byName.get(name);
    assert(field?.kind === "message", "an action is a message of the schema");
    table = field.message;
    return table;
  });
}

function knownColumns(): Set<string> {
  const known = new Set<string>(ROW_COLUMNS);
  for (const action of ACTIONS) for (const name of actionColumns(action).fields.keys()) known.add(name);
  return known;
}
