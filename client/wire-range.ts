/**
 * A number that its field cannot carry would arrive as another one: the caller's mistake, and a RangeError. What can
 * travel but makes no sense is left to the venue to refuse.
 */
export function checkRange(field: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${field} must be an integer from ${min} to ${max}, not ${value}`);
}
