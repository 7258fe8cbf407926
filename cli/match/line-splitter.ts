/**
 * Bytes in chunks of any size, lines of text out. A line ends with LF or CRLF, the last one also with the end of the file;
 * a byte order mark at the start is skipped.
 *
 * A chunk is decoded as a whole: that costs a fraction of decoding every line, and lines are then slices of one text.
 */
import { isAscii, isUtf8 } from "node:buffer";
import { MAX_CLIENT_FRAME_BYTES } from "../../protocol/limits.ts";
import { InputFault } from "./input-fault.ts";

/** As long as a frame on the wire. */
const MAX_LINE_BYTES = MAX_CLIENT_FRAME_BYTES;
const MAX_UTF8_BYTES_PER_UNIT = 3;

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = "\u{feff}";

/** Gets a line without its end. @returns false to hear of no further lines. */
export type LineReader = (line: string, number: number) => boolean;

export class LineSplitter {
  readonly #read: LineReader;
  /** The start of a line whose end has not come yet. */
  #rest: Buffer;
  #lineNumber: number;
  #wantsMore: boolean;

  constructor(read: LineReader) {
    this.#read = read;
    this.#rest = Buffer.alloc(0);
    this.#lineNumber = 0;
    this.#wantsMore = true;
  }

  /** Lines given to the reader so far. */
  get lineCount(): number {
    return this.#lineNumber;
  }

  get wantsMore(): boolean {
    return this.#wantsMore;
  }

  /** @throws InputFault */
  push(chunk: Buffer): void {
    const end = chunk.lastIndexOf(LF) + 1;
    if (end > 0) {
      const lines = chunk.subarray(0, end);
      this.#decode(this.#rest.length === 0 ? lines : Buffer.concat([this.#rest, lines]));
      // A copy: the rest of the chunk would keep all of it alive.
      this.#rest = Buffer.from(chunk.subarray(end));
    } else this.#rest = Buffer.concat([this.#rest, chunk]);
    if (this.#rest.length > MAX_LINE_BYTES && this.#wantsMore) throw tooLong(this.#lineNumber + 1);
  }

  /** The file has no more bytes. @throws InputFault */
  end(): void {
    if (this.#rest.length > 0) this.#decode(this.#rest);
  }

  /** @param bytes Whole lines. */
  #decode(bytes: Buffer): void {
    if (isAscii(bytes)) this.#split(bytes.toString("latin1"));
    else if (isUtf8(bytes)) this.#split(bytes.toString("utf8"));
    else this.#splitBeforeFault(bytes);
  }

  #split(text: string): void {
    let start = 0;
    while (start < text.length && this.#wantsMore) {
      const newline = text.indexOf("\n", start);
      const end = newline === -1 ? text.length : newline;
      this.#take(text.slice(start, end > start && text.charCodeAt(end - 1) === CR ? end - 1 : end));
      start = end + 1;
    }
  }

  #take(line: string): void {
    this.#lineNumber += 1;
    if (isTooLong(line)) throw tooLong(this.#lineNumber);
    const isMarked = this.#lineNumber === 1 && line.startsWith(BYTE_ORDER_MARK);
    this.#wantsMore = this.#read(isMarked ? line.slice(1) : line, this.#lineNumber);
  }

  /** The lines before the one that is not UTF-8, and then the fault. */
  #splitBeforeFault(bytes: Buffer): void {
    let start = 0;
    while (start < bytes.length && this.#wantsMore) {
      const newline = bytes.indexOf(LF, start);
      const end = newline === -1 ? bytes.length : newline + 1;
      const line = bytes.subarray(start, end);
      if (!isUtf8(line)) throw notUtf8(line, this.#lineNumber + 1);
      this.#split(line.toString("utf8"));
      start = end;
    }
  }
}

function isTooLong(line: string): boolean {
  if (line.length * MAX_UTF8_BYTES_PER_UNIT <= MAX_LINE_BYTES) return false;
  return Buffer.byteLength(line) > MAX_LINE_BYTES;
}

function tooLong(line: number): InputFault {
  return new InputFault(line, 1, `expected at most ${MAX_LINE_BYTES} bytes in a line, found more`);
}

function notUtf8(line: Buffer, lineNumber: number): InputFault {
  // What cannot be decoded becomes a replacement character: the first that the line does not really have is the place.
  const text = line.toString("utf8");
  let at = 0;
  let column = 0;
  for (const character of text) {
    const bytes = Buffer.from(character);
    if (!bytes.equals(line.subarray(at, at + bytes.length))) break;
    at += bytes.length;
    column += character.length;
  }
  const found = (line[at] as number).toString(16).padStart(2, "0");
  return new InputFault(lineNumber, column + 1, `expected UTF-8, found the byte 0x${found}`);
}
