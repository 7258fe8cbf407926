/**
 * Between the integers of the wire and the decimals that people read, by way of strings and without rounding.
 *
 * What an instrument cannot represent (a price between two ticks, a number too large) is a RangeError, never rounded.
 */
import { formatDecimal, type DecimalScale } from "../protocol/units.ts";
import type { InstrumentDefinition } from "./messages.ts";

const DECIMAL = /^(?<sign>-?)(?<whole>\d+)(?:\.(?<fraction>\d+))?$/u;

/** `priceToTicks(instrument, "101.25")`. */
export function priceToTicks(instrument: InstrumentDefinition, price: string): number {
  return parse(price, priceScale(instrument));
}

export function ticksToPrice(instrument: InstrumentDefinition, ticks: number): string {
  return format(ticks, priceScale(instrument));
}

export function qtyToLots(instrument: InstrumentDefinition, qty: string): number {
  return parse(qty, qtyScale(instrument));
}

export function lotsToQty(instrument: InstrumentDefinition, lots: number): string {
  return format(lots, qtyScale(instrument));
}

function priceScale({ tickSize, priceDecimals }: InstrumentDefinition): DecimalScale {
  return { step: tickSize, decimals: priceDecimals };
}

function qtyScale({ lotSize, qtyDecimals }: InstrumentDefinition): DecimalScale {
  return { step: lotSize, decimals: qtyDecimals };
}

function parse(text: string, { step, decimals }: DecimalScale): number {
  const parts = DECIMAL.exec(text)?.groups;
  if (parts === undefined) throw new RangeError(`"${text}" is not a decimal number`);
  const fraction = (parts["fraction"] ?? "").replace(/0+$/u, "");
  if (fraction.length > decimals) throw new RangeError(`"${text}" has more than ${decimals} decimals`);
  const scaled = Number(`${parts["whole"]}${fraction.padEnd(decimals, "0")}`);
  if (!Number.isSafeInteger(scaled)) throw new RangeError(`"${text}" is too large`);
  const units = scaled / step;
  if (!Number.isInteger(units)) {
    throw new RangeError(`"${text}" is not a multiple of ${formatDecimal(1, { step, decimals })}`);
  }
  return parts["sign"] === "-" && units !== 0 ? -units : units;
}

function format(units: number, scale: DecimalScale): string {
  if (!Number.isSafeInteger(units * scale.step)) throw new RangeError(`${units} units cannot be shown exactly`);
  return formatDecimal(units, scale);
}
