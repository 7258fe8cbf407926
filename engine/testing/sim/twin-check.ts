/** The naive twin makes the same events of what the journal was given as the engine that nothing ever happened to. */
import { CommandKind } from "../../../protocol/record/command-record.ts";
import type { EngineConfig } from "../../engine-config.ts";
import { commandOf } from "../command-fields.ts";
import type { EventFields } from "../event-fields.ts";
import { NaiveTwin } from "../twin/naive-twin.ts";
import { readCommand } from "./command-reader.ts";
import { fieldsOf, wordsOf } from "./event-text.ts";
import type { History } from "./history.ts";
import { demand } from "./simulation-failure.ts";

export function compareWithTwin(config: EngineConfig, history: History): void {
  const twin = new NaiveTwin(config);
  for (const { instrumentId } of config.instruments) {
    for (let gateway = 0; gateway < config.gatewayCount; gateway++) {
      twin.apply(commandOf({ kind: CommandKind.FollowBook, instrumentId, gateway }));
    }
  }
  for (const [at, command] of history.commands.entries()) {
    const events = history.eventsOf(at + 1);
    for (const [gateway, expected] of twin.apply(readCommand(command)).entries()) {
      expectSame(at + 1, events[gateway] ?? [], expected);
    }
  }
}

function expectSame(sequence: number, events: readonly string[], expected: readonly EventFields[]): void {
  for (const [n, event] of expected.entries()) {
    const text = events[n];
    demand(text !== undefined && isSame(fieldsOf(text), event), () => {
      return `command ${sequence} made ${wordsOf(text)}, and with the twin ${JSON.stringify(event)}`;
    });
  }
  demand(
    events.length === expected.length,
    () => `command ${sequence} made ${events.length} events, not ${expected.length}`,
  );
}

function isSame(event: EventFields, expected: EventFields): boolean {
  return Object.entries(expected).every(([name, value]) => event[name as keyof EventFields] === value);
}
