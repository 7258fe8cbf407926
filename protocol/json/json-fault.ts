import { LogoutReason } from "../codes.ts";
import type { FrameFault } from "../codec/cold-codec.ts";

/** Why a text is not the JSON of a frame. */
export class JsonFault {
  /** Where: "newOrder.orderQty", "subscribe.channels[1]"; empty for the text as a whole. */
  readonly path: string;
  /** What is wrong there, for a person. */
  readonly reason: string;
  /** With which its sender is logged out. */
  readonly logoutReason: FrameFault;

  constructor(path: string, reason: string, logoutReason: FrameFault = LogoutReason.InvalidText) {
    this.path = path;
    this.reason = reason;
    this.logoutReason = logoutReason;
  }

  /** The same fault, seen from the message that has the faulty one in the field `name`. */
  within(name: string): JsonFault {
    const separator = this.path === "" || this.path.startsWith("[") ? "" : ".";
    return new JsonFault(`${name}${separator}${this.path}`, this.reason, this.logoutReason);
  }

  toString(): string {
    return this.path === "" ? this.reason : `${this.path}: ${this.reason}`;
  }
}
