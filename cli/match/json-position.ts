/** Where in a JSON text a path like `newOrder.orderQty` or `newOrderList.orders[1].price` leads. */

/** A string, a bracket, a separator, or anything else up to one of these. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:\s]+/gy;
const SPACE = /\s*/y;

/** One object or list that has been entered. */
interface Level {
  /** The field that was last seen, or the index of the element. */
  key: string | number;
  readonly isList: boolean;
  /** What comes next is a key, or an element. */
  awaits: boolean;
}

/**
 * @param text Valid JSON.
 * @param path Of a JsonFault; empty is the text as a whole.
 * @returns where the field that it names begins, or 0 when there is none; 0 is the first character.
 */
export function positionOf(text: string, path: string): number {
  const levels: Level[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const [token] = TOKEN.exec(text) ?? [""];
    if (token === "") return 0;
    const level = levels.at(-1);
    if (level?.awaits === true && token !== "]" && token !== "}") {
      if (!level.isList) level.key = JSON.parse(token) as string;
      level.awaits = false;
      if (formatPath(levels) === path) return at;
    }
    if (token === "{") levels.push({ key: "", isList: false, awaits: true });
    else if (token === "[") levels.push({ key: 0, isList: true, awaits: true });
    else if (token === "}" || token === "]") levels.pop();
    else if (token === "," && level !== undefined) {
      if (typeof level.key === "number") level.key += 1;
      level.awaits = true;
    }
    at = skipSpace(text, at + token.length);
  }
  return 0;
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

function formatPath(levels: readonly Level[]): string {
  const steps = levels.map(({ key }) => (typeof key === "number" ? `[${key}]` : `.${key}`));
  return steps.join("").replace(/^\./u, "");
}
