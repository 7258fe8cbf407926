/** The phases in which a book may be crossed: docs/MATCHING.md, section 3. */
import { Phase } from "../../protocol/codes.ts";

/** Orders collect: they are accepted, and do not trade. */
export function isCollecting(phase: number): boolean {
  return (
    phase === Phase.PreOpen ||
    phase === Phase.OpeningAuction ||
    phase === Phase.VolatilityPause ||
    phase === Phase.ResumeAuction ||
    phase === Phase.ClosingAuction
  );
}
