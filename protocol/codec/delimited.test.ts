import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BAD_PREFIX, FRAME, FRAME_TOO_LARGE, FrameSplitter, NEED_MORE } from "./delimited.ts";
import { varintBytes } from "./testing/wire-arbitraries.ts";

const MAX_FRAME_BYTES = 300;

const delimited = (body: readonly number[]) => [...varintBytes(body.length), ...body];

/** Feeds the chunks one after the other; the frames found, and the code that ended it. */
function split(chunks: readonly (readonly number[])[], splitter = new FrameSplitter(MAX_FRAME_BYTES)) {
  const frames: number[][] = [];
  let answer = NEED_MORE;
  for (const chunk of chunks) {
    // Bytes before and after the chunk must not be read.
    splitter.feed(Uint8Array.from([1, 2, ...chunk, 3, 4]), 2, 2 + chunk.length);
    for (answer = splitter.next(); answer === FRAME; answer = splitter.next()) {
      frames.push([...splitter.bytes.subarray(splitter.start, splitter.end)]);
    }
    if (answer < 0) break;
  }
  return { frames, answer, isPartial: splitter.isPartial };
}

const bodies = fc.array(fc.array(fc.nat(255), { maxLength: MAX_FRAME_BYTES }), { maxLength: 6 });

describe("frames", () => {
  test("come out as they went in, however the stream is cut into chunks", () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(2000), { maxLength: 12 }), (frames, cuts) => {
        const stream = frames.flatMap(delimited);
        const edges = [0, ...cuts.map((cut) => Math.min(cut, stream.length)), stream.length].toSorted((a, b) => a - b);
        const chunks = edges.slice(1).map((edge, i) => stream.slice(edges[i], edge));
        expect(split(chunks)).toEqual({ frames, answer: NEED_MORE, isPartial: false });
      }),
    );
  });

  test("come out as they went in, one byte at a time", () => {
    const frames = [[], [1], Array<number>(127).fill(2), Array<number>(128).fill(3), Array<number>(300).fill(4), []];
    const stream = frames.flatMap(delimited);
    expect(split(stream.map((byte) => [byte])).frames).toEqual(frames);
  });

  test("that lie in one chunk are given in place", () => {
    const splitter = new FrameSplitter(MAX_FRAME_BYTES);
    const chunk = Uint8Array.of(2, 8, 9, 1, 7);
    splitter.feed(chunk, 0, chunk.length);
    expect(splitter.next()).toBe(FRAME);
    expect(splitter.bytes).toBe(chunk);
    expect(splitter.next()).toBe(FRAME);
    expect(splitter.bytes).toBe(chunk);
    expect(splitter.next()).toBe(NEED_MORE);
  });

  test("cut off at the end leave the splitter partial", () => {
    for (const chunk of [[5], [0x85], [5, 1, 2], [1, 9, 2, 9]]) {
      expect(split([chunk])).toMatchObject({ answer: NEED_MORE, isPartial: true });
    }
  });
});

describe("length prefixes", () => {
  test("of the longest frame are taken, of one byte more refused", () => {
    const body = Array<number>(MAX_FRAME_BYTES).fill(7);
    expect(split([delimited(body)])).toMatchObject({ frames: [body], answer: NEED_MORE });
    expect(split([delimited([...body, 7])])).toMatchObject({ frames: [], answer: FRAME_TOO_LARGE });
  });

  test("are refused before any byte of a too large frame has arrived", () => {
    for (const length of [MAX_FRAME_BYTES + 1, 2 ** 14, 2 ** 21, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
      expect(split([varintBytes(length)]), `length ${length}`).toMatchObject({ answer: FRAME_TOO_LARGE });
      expect(split(varintBytes(length).map((byte) => [byte]))).toMatchObject({ answer: FRAME_TOO_LARGE });
    }
  });

  test("of 2^32 and more, or of more than five bytes, are bad", () => {
    for (const prefix of [
      varintBytes(2 ** 32),
      varintBytes(2 ** 35),
      [0x81, 0x80, 0x80, 0x80, 0x80, 0],
      [255, 255, 255, 255, 255],
    ]) {
      expect(split([prefix])).toMatchObject({ answer: BAD_PREFIX });
      expect(split(prefix.map((byte) => [byte]))).toMatchObject({ answer: BAD_PREFIX });
    }
  });

  test("padded with zeros up to five bytes are read", () => {
    for (const prefix of [
      [0x81, 0],
      [0x81, 0x80, 0],
      [0x81, 0x80, 0x80, 0],
      [0x81, 0x80, 0x80, 0x80, 0],
    ]) {
      expect(split([[...prefix, 42]])).toMatchObject({ frames: [[42]], answer: NEED_MORE });
    }
  });
});

describe("after a failure", () => {
  test("the answer stays the same whatever follows", () => {
    const splitter = new FrameSplitter(MAX_FRAME_BYTES);
    expect(split([[1, 5, ...varintBytes(2 ** 31)]], splitter)).toMatchObject({
      frames: [[5]],
      answer: FRAME_TOO_LARGE,
    });
    expect(split([[1, 5]], splitter)).toMatchObject({ frames: [], answer: FRAME_TOO_LARGE });
  });

  test("or in the middle of a frame, reset starts anew", () => {
    const splitter = new FrameSplitter(MAX_FRAME_BYTES);
    expect(split([varintBytes(2 ** 31)], splitter)).toMatchObject({ answer: FRAME_TOO_LARGE });
    splitter.reset();
    expect(split([[9, 1, 2]], splitter)).toMatchObject({ isPartial: true });
    splitter.reset();
    expect(split([[1, 5]], splitter)).toEqual({ frames: [[5]], answer: NEED_MORE, isPartial: false });
  });
});
