/** What a load is made of: the shares of the kinds of request, named or spelled out. */

/** The kinds of request, in the order of a profile's shares. */
export const FLOW_KINDS = ["passive", "aggressive", "ioc", "cancel", "replace"] as const;
export type FlowKind = (typeof FLOW_KINDS)[number];

/** Relative weights, 0 or more, at least one above 0. They need not add up to 100. */
export type MixProfile = Readonly<Record<FlowKind, number>>;

export const MIX_PROFILES = {
  /** A quiet market: most orders are withdrawn again, few trade. */
  balanced: { passive: 40, aggressive: 5, ioc: 5, cancel: 40, replace: 10 },
  /** Market makers that move their quotes. */
  quoting: { passive: 18, aggressive: 1, ioc: 1, cancel: 18, replace: 62 },
  /** A busy market in which every third request wants to trade. */
  taking: { passive: 40, aggressive: 20, ioc: 15, cancel: 20, replace: 5 },
} as const satisfies Record<string, MixProfile>;

const EMPTY: MixProfile = { passive: 0, aggressive: 0, ioc: 0, cancel: 0, replace: 0 };

/** Reads "balanced" or "passive=40,cancel=40,…"; a kind that is not named has no share. The error says what is wrong. */
export function parseMixProfile(text: string): MixProfile {
  if (Object.hasOwn(MIX_PROFILES, text)) return MIX_PROFILES[text as keyof typeof MIX_PROFILES];
  if (!text.includes("=")) {
    throw new RangeError(`no profile has this name; there are ${Object.keys(MIX_PROFILES).join(", ")}`);
  }
  const shares: Record<FlowKind, number> = { ...EMPTY };
  for (const part of text.split(",")) {
    const [kind = "", weight = ""] = part.split("=");
    if (!isFlowKind(kind)) throw new RangeError(`"${kind}" is not one of ${FLOW_KINDS.join(", ")}`);
    if (!/^\d+(\.\d+)?$/u.test(weight)) throw new RangeError(`the share of ${kind} must be a number of 0 or more`);
    shares[kind] = Number(weight);
  }
  if (shares.passive + shares.aggressive + shares.ioc <= 0) {
    throw new RangeError(
      "some of passive, aggressive and ioc must have a share: without orders nothing can be canceled",
    );
  }
  return shares;
}

function isFlowKind(text: string): text is FlowKind {
  return (FLOW_KINDS as readonly string[]).includes(text);
}
