/**
 * How the orders of a level share an aggressor that cannot take them all: docs/MATCHING.md, section 4. As futures markets
 * do it: the order that made the price first, then by quantity with a smallest share, then by time.
 */
import { BOOK_PRO_RATA_MIN_QTY, BOOK_TOP_ORDER_MAX_QTY, type BookBase } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import { LVL_HEAD, type LevelBase, type PriceLevels } from "../book/price-levels.ts";
import { EXT_SHARE, extensionOf } from "../orders/order-extension.ts";
import type { OrderPool } from "../orders/order-pool.ts";
import { NO_ORDER, ORD_LEVEL, ORD_NEXT, type OrderBase } from "../orders/order-record.ts";
import type { Places } from "./places.ts";

export type ProRata = ReturnType<typeof createProRata>;

export function createProRata(orders: OrderPool, books: Books, levels: PriceLevels, places: Places) {
  const { i32, ext } = orders;
  const levelI32 = levels.i32;

  /**
   * Gives every order of a shown level its share of `wanted` lots, no more than the level shows.
   *
   * @returns the first order of the level.
   */
  function share(book: BookBase, side: number, level: LevelBase, wanted: number): OrderBase {
    const head = levelI32[level + LVL_HEAD] as OrderBase;
    const top = shareOfTop(book, side, level, wanted);
    const left = wanted - top.qty;
    const total = (levels.f64[level >> 1] as number) - top.qty;
    const smallest = Math.max(1, books.i32[book + BOOK_PRO_RATA_MIN_QTY] as number);
    let given = 0;
    for (let order = head; order !== NO_ORDER; order = nextOf(order)) {
      const first = order === top.order ? top.qty : 0;
      const byQty = left === 0 ? 0 : quotient(left, places.shownOf(order) - first, total);
      const fair = byQty < smallest ? 0 : byQty;
      ext[extensionOf(order) + EXT_SHARE] = first + fair;
      given += fair;
    }
    giveRest(head, left - given);
    return head;
  }

  /** One record, written anew by every call. */
  const topShare = { order: NO_ORDER, qty: 0 };

  function shareOfTop(book: BookBase, side: number, level: LevelBase, wanted: number): typeof topShare {
    const most = books.i32[book + BOOK_TOP_ORDER_MAX_QTY] as number;
    const order = books.i32[books.topOrderAt(book, side)] as OrderBase;
    const isHere = most > 0 && order !== NO_ORDER && i32[order + ORD_LEVEL] === level;
    topShare.order = isHere ? order : NO_ORDER;
    topShare.qty = isHere ? Math.min(places.shownOf(order), wanted, most) : 0;
    return topShare;
  }

  /** In time order, up to what each shows. */
  function giveRest(head: OrderBase, rest: number): void {
    let left = rest;
    for (let order = head; order !== NO_ORDER && left > 0; order = nextOf(order)) {
      const at = extensionOf(order) + EXT_SHARE;
      const more = Math.min(left, places.shownOf(order) - (ext[at] as number));
      ext[at] = (ext[at] as number) + more;
      left -= more;
    }
  }

  function nextOf(order: OrderBase): OrderBase {
    return i32[order + ORD_NEXT] as OrderBase;
  }

  /** Once: an iceberg that shows anew behind the others has had its share. */
  function takeShare(order: OrderBase): number {
    const at = extensionOf(order) + EXT_SHARE;
    const qty = ext[at] as number;
    ext[at] = 0;
    return qty;
  }

  return { share, nextOf, takeShare };
}

/** floor(a × b / c), exactly. a, b below 2^31, c below 2^53 and not below b. */
function quotient(a: number, b: number, c: number): number {
  const product = a * b;
  if (product > Number.MAX_SAFE_INTEGER) return Number((BigInt(a) * BigInt(b)) / BigInt(c));
  const rounded = Math.floor(product / c);
  return rounded * c > product ? rounded - 1 : rounded;
}
