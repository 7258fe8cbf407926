import type { CommandFormat } from "./command-format.ts";
import type { LineFault } from "./input-fault.ts";
import type { OfflineVenue } from "./offline-venue.ts";

export class CsvCommands implements CommandFormat {
  constructor(_venue: OfflineVenue) {}
  take(_line: string): LineFault | null {
    return { at: 0, reason: "not yet" };
  }
}
