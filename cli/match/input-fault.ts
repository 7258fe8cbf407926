/** A line that cannot be a command. What came before it was applied, it and the rest are not. */
export class InputFault extends Error {
  override readonly name = "InputFault";
  /** Both from 1; columns count UTF-16 units. */
  readonly line: number;
  readonly column: number;

  constructor(line: number, column: number, reason: string) {
    super(reason);
    this.line = line;
    this.column = column;
  }
}

/** What is wrong with a line, and where in it: 0 is its first character. */
export interface LineFault {
  readonly at: number;
  readonly reason: string;
}
