/** One number over everything that happened in a world: two runs of a seed have the same. */
import { CRC_START, crcAdd, crcEnd } from "../../../protocol/journal/crc32c.ts";

export class Fingerprint {
  #state = CRC_START;
  readonly #pair = new Int32Array(2);

  /** @param words An even number. */
  addWords(words: Int32Array): void {
    this.#state = crcAdd(this.#state, words, 0, words.length);
  }

  addNumber(value: number): void {
    this.#pair[0] = value | 0;
    this.#pair[1] = Math.floor(value / 2 ** 32) | 0;
    this.addWords(this.#pair);
  }

  addText(text: string): void {
    for (let at = 0; at < text.length; at++) this.addNumber(text.charCodeAt(at));
  }

  addBytes(bytes: Uint8Array): void {
    const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
    padded.set(bytes);
    this.addNumber(bytes.length);
    this.addWords(new Int32Array(padded.buffer));
  }

  get value(): number {
    return crcEnd(this.#state) >>> 0;
  }
}
