/** What happened in worlds, in numbers. */

const NAMES = [
  "worlds",
  "steps",
  "commands",
  "events",
  "kills",
  "powerCuts",
  "cleanStops",
  "engineDeaths",
  "deathsInStart",
  "storageFailures",
  "recoveries",
  "tornTails",
  "wholeRecordsCut",
  "lostSectors",
  "tornSectors",
  "lostNames",
  "snapshots",
  "startsFromSnapshot",
  "stalls",
  "fullPhases",
  "logons",
  "repeatedOrders",
  "probes",
  "flipsRefused",
  "flipsCut",
  "twinComparisons",
] as const;

export type WorldCounts = Record<(typeof NAMES)[number], number>;

export function noCounts(): WorldCounts {
  return Object.fromEntries(NAMES.map((name) => [name, 0])) as WorldCounts;
}

export function addCounts(sum: WorldCounts, counts: WorldCounts): void {
  for (const name of NAMES) sum[name] += counts[name];
}

export function countsText(counts: WorldCounts): string {
  return NAMES.map((name) => `${name} ${counts[name]}`).join(", ");
}
