/** The kinds of integer that the engine computes with. Decimals exist only here, for people. */

declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Price in ticks. Integer, 1 … 2^31−1; 0 means "none". */
export type Ticks = Brand<number, "Ticks">;

/** Quantity in whole lots. Integer, 0 … 2^31−1. Zero means "nothing left". */
export type Lots = Brand<number, "Lots">;

/** How a count of ticks or lots reads as a decimal number. */
export interface DecimalScale {
  /** Size of one unit, in 10^-decimals. Integer, 1 or more. */
  readonly step: number;
  /** 0 … 9. */
  readonly decimals: number;
}

/** `formatDecimal(12345, { step: 1, decimals: 2 })` is "123.45". Exact up to 2^53. */
export function formatDecimal(units: number, scale: DecimalScale): string {
  const digits = String(Math.abs(units * scale.step)).padStart(scale.decimals + 1, "0");
  const point = digits.length - scale.decimals;
  const sign = units < 0 ? "-" : "";
  return scale.decimals === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
