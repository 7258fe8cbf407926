/** Times of commands, µs since 1970-01-01 UTC, as people write them: 2026-03-01T09:30:00.123456Z. */
const MICROS_PER_MS = 1000;
const MS_PER_SECOND = 1000;
/** Of a Date; as a number of µs it is below 2^53. */
const MAX_MICROS = 8.64e15;

const ISO = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,6}))?(Z|[+-]\d{2}:\d{2})?)?$/u;

/** With all six digits of the second; a number that is no date as it is. */
export function formatTime(micros: number): string {
  if (!Number.isInteger(micros) || micros < 0 || micros > MAX_MICROS) return String(micros);
  const second = new Date(Math.floor(micros / MICROS_PER_MS)).toISOString().slice(0, 19);
  const fraction = String(micros % (MICROS_PER_MS * MS_PER_SECOND)).padStart(6, "0");
  return `${second}.${fraction}Z`;
}

/** From ISO 8601, UTC unless it names an offset, or from a number of µs; undefined: neither. */
export function readTime(text: string): number | undefined {
  if (/^\d+$/u.test(text)) return within(Number(text));
  const [, day, clock = "00:00", fraction = "", zone = "Z"] = ISO.exec(text) ?? [];
  if (day === undefined) return undefined;
  const ms = Date.parse(`${day}T${clock}${zone}`);
  return Number.isNaN(ms) ? undefined : within(ms * MICROS_PER_MS + Number(fraction.padEnd(6, "0")));
}

function within(micros: number): number | undefined {
  return micros <= MAX_MICROS ? micros : undefined;
}
