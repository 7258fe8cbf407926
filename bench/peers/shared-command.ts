/** The commands that Fairlead and nodejs-order-book both know, and what both can be asked about afterwards. */
import { Side } from "../../protocol/codes.ts";

export const LimitLife = { GoodTillCancel: "GTC", ImmediateOrCancel: "IOC", FillOrKill: "FOK" } as const;
export type LimitLife = (typeof LimitLife)[keyof typeof LimitLife];

/** An order is named by the id under which it was entered, for as long as it lives. */
export type SharedCommand =
  | {
      readonly type: "limit";
      readonly id: number;
      readonly side: Side;
      readonly price: number;
      readonly qty: number;
      readonly life: LimitLife;
    }
  | { readonly type: "market"; readonly id: number; readonly side: Side; readonly qty: number }
  | { readonly type: "cancel"; readonly id: number }
  /** `qty` is what is open afterwards. */
  | { readonly type: "replace"; readonly id: number; readonly price: number; readonly qty: number };

/** The resting order's side of a trade. */
export interface Fill {
  readonly restingId: number;
  readonly price: number;
  readonly qty: number;
}

/** Lots by price, best first. */
export interface Depth {
  readonly bids: readonly (readonly [number, number])[];
  readonly offers: readonly (readonly [number, number])[];
}

export interface SharedBook {
  /** What traded, in order. */
  apply: (command: SharedCommand) => Fill[];
  depth: () => Depth;
}
