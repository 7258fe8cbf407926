import type { CounterTable } from "../../protocol/telemetry/counters.ts";

/** What a keeper worker counts. The position in this table is the position in its counter page. */
export const KEEPER_COUNTERS = [
  { name: "snapshots_total", help: "Snapshots made while trading went on.", type: "counter" },
  { name: "snapshot_failures_total", help: "Snapshots that could not be made.", type: "counter" },
  { name: "snapshot_sequence", help: "Sequence number of the last command in the newest snapshot.", type: "gauge" },
  { name: "snapshot_timestamp_seconds", help: "When the newest snapshot was made, since 1970.", type: "gauge" },
  { name: "snapshot_bytes", help: "Size of the newest snapshot.", type: "gauge" },
  { name: "journal_spare_segments", help: "Segments that are made and not used yet.", type: "gauge" },
  { name: "storage_full", help: "1 while no spare segment can be made: new orders are rejected.", type: "gauge" },
] as const satisfies CounterTable;

export const KeeperCounter = {
  Snapshots: 0,
  SnapshotFailures: 1,
  SnapshotSequence: 2,
  SnapshotTime: 3,
  SnapshotBytes: 4,
  Spares: 5,
  Full: 6,
} as const;
