/** Numbers as people read them in the table and in warnings. */

const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** "1,234,567". */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** Three significant digits and the unit that keeps them short: "87.3 µs", "1.25 ms", "2.00 s". */
export function formatUs(us: number): string {
  if (us >= 999_500) return `${significant(us / 1e6)} s`;
  if (us >= 999.5) return `${significant(us / 1e3)} ms`;
  return `${significant(us)} µs`;
}

function significant(value: number): string {
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(digits);
}
