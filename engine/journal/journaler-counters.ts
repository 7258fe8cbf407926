import type { CounterTable } from "../../protocol/telemetry/counters.ts";

/** What a journal worker counts. The position in this table is the position in its counter page. */
export const JOURNALER_COUNTERS = [
  { name: "journal_commands_total", help: "Commands made durable.", type: "counter" },
  { name: "journal_commits_total", help: "Groups of commands written and synced.", type: "counter" },
  { name: "journal_bytes_total", help: "Bytes of records written.", type: "counter" },
  { name: "journal_segments_total", help: "Segments begun.", type: "counter" },
  { name: "journal_durable_sequence", help: "Sequence number of the last durable command.", type: "gauge" },
] as const satisfies CounterTable;

export const JournalerCounter = { Commands: 0, Commits: 1, Bytes: 2, Segments: 3, DurableSequence: 4 } as const;
