/** Which accounts, instruments and whether the whole venue is stopped. Part of the state, so it survives a restart. */
import { BOOK_CHECKS, BOOK_KILLED, type BookBase, EntryCheck } from "../book/book-record.ts";
import type { Books } from "../book/books.ts";
import type { EngineMemory } from "../memory.ts";

/** Accounts that can be stopped at the same time. */
const MAX_ACCOUNTS = 4096;
const ACCOUNT_COUNT = 0;
const VENUE = 1;
const REGISTERS = 2;

export type KillSwitches = ReturnType<typeof createKillSwitches>;

export function createKillSwitches(memory: EngineMemory, books: Books) {
  const registers = memory.allocate("kill switches", REGISTERS).i32;
  const accounts = memory.allocate("killed accounts", MAX_ACCOUNTS).i32;
  const { i32 } = books;

  function holdsAccount(account: number): boolean {
    return placeOf(account) >= 0;
  }

  function placeOf(account: number): number {
    for (let n = 0; n < (registers[ACCOUNT_COUNT] as number); n++) if (accounts[n] === account) return n;
    return -1;
  }

  /** @returns false when there is no room for another account. */
  function setAccount(account: number, isHeld: boolean): boolean {
    const place = placeOf(account);
    const count = registers[ACCOUNT_COUNT] as number;
    if (isHeld === place >= 0) return true;
    if (isHeld) {
      if (count === MAX_ACCOUNTS) return false;
      accounts[count] = account;
      registers[ACCOUNT_COUNT] = count + 1;
    } else {
      accounts[place] = accounts[count - 1] as number;
      accounts[count - 1] = 0;
      registers[ACCOUNT_COUNT] = count - 1;
    }
    return true;
  }

  function setBook(book: BookBase, isHeld: boolean): void {
    i32[book + BOOK_KILLED] = isHeld ? 1 : 0;
    derive(book);
  }

  function setVenue(isHeld: boolean): void {
    registers[VENUE] = isHeld ? 1 : 0;
    for (let index = 0; index < books.size(); index++) derive(books.at(index));
  }

  /** Tells the path of an order whether this book is stopped: by itself, or with the venue. Also for a new book. */
  function derive(book: BookBase): void {
    const isHeld = i32[book + BOOK_KILLED] === 1 || registers[VENUE] === 1;
    const checks = i32[book + BOOK_CHECKS] as number;
    i32[book + BOOK_CHECKS] = isHeld ? checks | EntryCheck.KillSwitch : checks & ~EntryCheck.KillSwitch;
  }

  return { holdsAccount, setAccount, setBook, setVenue, derive };
}
