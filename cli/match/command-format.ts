import type { LineFault } from "./input-fault.ts";

/** One way to write commands as lines of text. */
export interface CommandFormat {
  /** Reads a line that is not empty; its command goes to the venue. @returns what is wrong with it, or null. */
  take(line: string): LineFault | null;
  /** No line follows. */
  end(): LineFault | null;
}
