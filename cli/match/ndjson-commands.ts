/**
 * Lines of canonical proto3 JSON: a ClientFrame each. Beside the message of the frame a line may have `session` and `time`.
 */
import { JsonFault } from "../../protocol/json/json-codec.ts";
import { readMessage } from "../../protocol/json/json-reader.ts";
import { type Fields, clientFrameTable } from "../../protocol/json/message-table.ts";
import { findJsonSyntaxProblem } from "../../gateway/json-syntax.ts";
import { MAX_ID, SESSION_NAME_PATTERN } from "../../protocol/limits.ts";
import type { CommandFormat } from "./command-format.ts";
import type { LineFault } from "./input-fault.ts";
import { positionOf } from "./json-position.ts";
import { type Envelope, NO_ENVELOPE, type OfflineVenue } from "./offline-venue.ts";
import { PlainFrameReader } from "./plain-frame.ts";

export class NdjsonCommands implements CommandFormat {
  readonly #venue: Pick<OfflineVenue, "take">;
  readonly #plain: PlainFrameReader;

  constructor(venue: Pick<OfflineVenue, "take">) {
    this.#venue = venue;
    this.#plain = new PlainFrameReader();
  }

  take(line: string): LineFault | null {
    const plain = this.#plain.read(line);
    return plain === undefined ? this.#takeMapped(line) : told(line, this.#venue.take(plain, NO_ENVELOPE));
  }

  #takeMapped(line: string): LineFault | null {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      const problem = findJsonSyntaxProblem(line);
      return { at: (problem?.column ?? 1) - 1, reason: `not JSON: ${problem?.reason ?? ""}` };
    }
    return told(line, this.#takeJson(json));
  }

  end(): null {
    return null;
  }

  #takeJson(json: unknown): JsonFault | null {
    const frame = clientFrameTable.construct();
    const hasEnvelope = typeof json === "object" && json !== null && ("session" in json || "time" in json);
    const { envelope, message } = hasEnvelope ? open(json) : { envelope: NO_ENVELOPE, message: json };
    if (envelope instanceof JsonFault) return envelope;
    const fault = readMessage(clientFrameTable, message, frame);
    if (fault !== null) return fault;
    return this.#venue.take(frame, envelope);
  }
}

/** A fault with its place in the line. */
function told(line: string, fault: JsonFault | null): LineFault | null {
  return fault === null ? null : { at: positionOf(line, fault.path), reason: fault.toString() };
}

/** What is around the message, and the message without it. */
function open({ session, time, ...message }: Fields): { envelope: Envelope | JsonFault; message: Fields } {
  const name = session ?? undefined;
  const microseconds = typeof time === "string" && /^\d+$/u.test(time) ? Number(time) : (time ?? undefined);
  let envelope: Envelope | JsonFault;
  if (name !== undefined && !(typeof name === "string" && SESSION_NAME_PATTERN.test(name))) {
    envelope = new JsonFault("session", "expected 1 to 32 characters of A-Z a-z 0-9 . _ -");
  } else if (microseconds !== undefined && !isTime(microseconds)) {
    envelope = new JsonFault("time", "expected microseconds, an integer from 0 to 2^53-1");
  } else envelope = { session: name, time: microseconds };
  return { envelope, message };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_ID;
}
