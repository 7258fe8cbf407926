/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720, appendix B.4), eight bytes a step ("slicing by 8", Kounavis
 * and Berry, 2005). It finds every error of up to 32 adjacent bits and every odd number of flipped bits.
 */

const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/** Eight tables of 256: table k is the checksum of a byte that k zero bytes follow. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : POLYNOMIAL);
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const shorter = tables[at - 256] as number;
    tables[at] = (shorter >>> 8) ^ (tables[shorter & 255] as number);
  }
  return tables;
}

/** State before the first byte. */
export const CRC_START = -1;

/**
 * Takes in words[start, end), an even number of int32 in the machine's order, which is little endian wherever Node.js runs
 * Fairlead. Begins with CRC_START and ends with {@link crcEnd}.
 */
export function crcAdd(state: number, words: Int32Array, start: number, end: number): number {
  let crc = state;
  for (let at = start; at < end; at += 2) {
    const low = (words[at] as number) ^ crc;
    const high = words[at + 1] as number;
    crc =
      (TABLES[1792 + (low & 255)] as number) ^
      (TABLES[1536 + ((low >>> 8) & 255)] as number) ^
      (TABLES[1280 + ((low >>> 16) & 255)] as number) ^
      (TABLES[1024 + (low >>> 24)] as number) ^
      (TABLES[768 + (high & 255)] as number) ^
      (TABLES[512 + ((high >>> 8) & 255)] as number) ^
      (TABLES[256 + ((high >>> 16) & 255)] as number) ^
      (TABLES[high >>> 24] as number);
  }
  return crc;
}

/** The checksum as int32. */
export function crcEnd(state: number): number {
  return ~state;
}

/** Checksum of words[start, end): an even number of them. */
export function crc32c(words: Int32Array, start: number, end: number): number {
  return crcEnd(crcAdd(CRC_START, words, start, end));
}

/** Checksum of any bytes, one at a time: for texts. */
export function crc32cOfBytes(bytes: Uint8Array): number {
  let crc = CRC_START;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLES[(crc ^ byte) & 255] as number);
  return crcEnd(crc);
}
