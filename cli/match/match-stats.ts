/** Counts of a run: what went in, what came out. */
import { ExecType, RejectReason } from "../../protocol/codes.ts";
import { CommandKind } from "../../protocol/record/command-record.ts";
import { EVT_DETAIL, EVT_HEAD, EVT_LAST_QTY, EventFlag, EventKind } from "../../protocol/record/event-record.ts";

const CODES = 256;
const PUBLIC_TRADE = EventFlag.PublicTrade << 24;

export class MatchStats {
  /** Index = CommandKind. */
  readonly commands: Float64Array;
  /** Index = RejectReason. */
  readonly rejects: Float64Array;
  commandCount: number;
  eventCount: number;
  tradeCount: number;
  /** Lots that traded. */
  volume: number;

  constructor() {
    this.commands = new Float64Array(CODES);
    this.rejects = new Float64Array(CODES);
    this.commandCount = 0;
    this.eventCount = 0;
    this.tradeCount = 0;
    this.volume = 0;
  }

  command(kind: number): void {
    this.commandCount += 1;
    this.commands[kind] = (this.commands[kind] as number) + 1;
  }

  event(i32: Int32Array, base: number): void {
    this.eventCount += 1;
    const head = i32[base + EVT_HEAD] as number;
    const detail = i32[base + EVT_DETAIL] as number;
    if (isRejection(head)) {
      const reason = (detail >>> 16) & 255;
      this.rejects[reason] = (this.rejects[reason] as number) + 1;
    } else if ((detail & PUBLIC_TRADE) !== 0 && (head & 255) === EventKind.ExecutionReport) {
      this.tradeCount += 1;
      this.volume += (i32[base + EVT_LAST_QTY] as number) >>> 0;
    }
  }

  /** By name: newOrder, cancelOrder, …; those that there were. */
  get commandsByKind(): Record<string, number> {
    return countsByName(CommandKind, this.commands);
  }

  /** By name: unknownOrder, …; those that there were. */
  get rejectsByReason(): Record<string, number> {
    const named = countsByName(RejectReason, this.rejects);
    delete named["unspecified"];
    return named;
  }
}

function isRejection(head: number): boolean {
  switch (head & 255) {
    case EventKind.ExecutionReport:
      return ((head >>> 8) & 255) === ExecType.Rejected;
    case EventKind.BusinessReject:
    case EventKind.OperatorReport:
      // An operator report without a reason counts as "unspecified", which nobody is shown.
      return true;
    default:
      return false;
  }
}

function countsByName(codes: Readonly<Record<string, number>>, counts: Float64Array): Record<string, number> {
  const entries = Object.entries(codes).map(([name, code]) => [lowerFirst(name), counts[code] ?? 0] as const);
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
