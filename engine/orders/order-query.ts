/**
 * The open orders that a filter selects, over all sessions, in the order of their entry. For rare requests: it looks at every order record
 * that was ever used, so that orders which are never asked for in this way pay nothing for it.
 */
import { EXT_ACCOUNT, OrderFlag, extensionOf } from "./order-extension.ts";
import type { OrderPool } from "./order-pool.ts";
import {
  ORDER_I32_SHIFT,
  ORD_BOOK,
  ORD_FLAGS,
  ORD_ORDER_ID,
  ORD_PRICE,
  ORD_SESSION,
  ORD_WORD,
  type OrderBase,
  isOpenStatus,
  wordSide,
  wordStatus,
  wordTimeInForce,
} from "./order-record.ts";

/** Selects everything, where it stands in a filter. */
export const ANY = -1;

/** Which orders are meant. Filled in anew for every query. */
export interface OrderFilter {
  /** BookBase, or ANY. */
  book: number;
  /** Session handle, or ANY. */
  session: number;
  /** Side code, or 0: both. */
  side: number;
  /** 0: every account. */
  account: number;
  /** Ticks; 0: no end. Orders without a price are outside of every range. */
  priceFrom: number;
  priceTo: number;
  /** Bit per time in force, or ANY. */
  times: number;
}

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

export type OrderQuery = ReturnType<typeof createOrderQuery>;

export function createOrderQuery(maxOrders: number, orders: OrderPool) {
  const { i32, f64, ext } = orders;
  const filter: OrderFilter = { book: ANY, session: ANY, side: 0, account: 0, priceFrom: 0, priceTo: 0, times: ANY };
  let found = new Int32Array(maxOrders);
  let keys = new Float64Array(maxOrders);
  let foundNext = new Int32Array(maxOrders);
  let keysNext = new Float64Array(maxOrders);
  const counts = new Int32Array(DIGITS);

  /** A filter that selects everything, to be narrowed. */
  function all(): OrderFilter {
    filter.book = ANY;
    filter.session = ANY;
    filter.side = 0;
    filter.account = 0;
    filter.priceFrom = 0;
    filter.priceTo = 0;
    filter.times = ANY;
    return filter;
  }

  function matches(order: OrderBase): boolean {
    const word = i32[order + ORD_WORD] as number;
    if (word === 0 || !isOpenStatus(wordStatus(word))) return false;
    if (filter.book !== ANY && i32[order + ORD_BOOK] !== filter.book) return false;
    if (filter.session !== ANY && i32[order + ORD_SESSION] !== filter.session) return false;
    if (filter.side !== 0 && wordSide(word) !== filter.side) return false;
    if (filter.times !== ANY && ((filter.times >>> wordTimeInForce(word)) & 1) === 0) return false;
    if (filter.account !== 0 && accountOf(order) !== filter.account) return false;
    return isInRange(i32[order + ORD_PRICE] as number);
  }

  function isInRange(price: number): boolean {
    if (filter.priceFrom === 0 && filter.priceTo === 0) return true;
    return price !== 0 && price >= filter.priceFrom && (filter.priceTo === 0 || price <= filter.priceTo);
  }

  function accountOf(order: OrderBase): number {
    if (((i32[order + ORD_FLAGS] as number) & OrderFlag.Extended) === 0) return 0;
    return ext[extensionOf(order) + EXT_ACCOUNT] as number;
  }

  /** Finds what the filter selects. @returns how many there are; `at` tells which. */
  function run(): number {
    let count = 0;
    let lowest = Infinity;
    let highest = 0;
    for (let slot = 0; slot < orders.highWater(); slot++) {
      const order = (slot << ORDER_I32_SHIFT) as OrderBase;
      if (!matches(order)) continue;
      const orderId = f64[(order >> 1) + ORD_ORDER_ID] as number;
      found[count] = order;
      keys[count++] = orderId;
      if (orderId < lowest) lowest = orderId;
      if (orderId > highest) highest = orderId;
    }
    if (count > 1) sort(count, lowest, highest);
    return count;
  }

  /** By order id, a digit at a time from the lowest on. */
  function sort(count: number, lowest: number, highest: number): void {
    for (let unit = 1; unit <= highest - lowest; unit *= DIGITS) {
      counts.fill(0);
      for (let n = 0; n < count; n++) {
        const digit = Math.floor(((keys[n] as number) - lowest) / unit) % DIGITS;
        counts[digit] = (counts[digit] as number) + 1;
      }
      let before = 0;
      for (let digit = 0; digit < DIGITS; digit++) {
        const here = counts[digit] as number;
        counts[digit] = before;
        before += here;
      }
      for (let n = 0; n < count; n++) {
        const digit = Math.floor(((keys[n] as number) - lowest) / unit) % DIGITS;
        const place = counts[digit] as number;
        counts[digit] = place + 1;
        foundNext[place] = found[n] as number;
        keysNext[place] = keys[n] as number;
      }
      [found, foundNext] = [foundNext, found];
      [keys, keysNext] = [keysNext, keys];
    }
  }

  return { all, matches, run, accountOf, at: (n: number) => found[n] as OrderBase };
}
