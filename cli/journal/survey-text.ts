/** A survey for people, and for machines. */
import { renderTable } from "../help.ts";
import { shortPath } from "./data-directory.ts";
import type { Damage, JournalSurvey, Passage, SegmentSurvey, SnapshotSurvey } from "./journal-survey.ts";
import { formatTime } from "./venue-time.ts";

const WIDTH = 180;

/** Whether every byte is as it was written, a tail that was never acknowledged apart. */
export function isSound({ history, start, snapshots }: JournalSurvey): boolean {
  return (
    history.damage === undefined &&
    start.damage === undefined &&
    snapshots.every(({ problem }) => problem === undefined)
  );
}

export function renderSurvey(survey: JournalSurvey, dataDirectory: string): string {
  const short = (path: string): string => shortPath(dataDirectory, path);
  const files = [
    ...survey.segments.map((segment) => [short(segment.path), segmentText(segment)] as const),
    ...survey.snapshots.map((snapshot) => [short(snapshot.path), snapshotText(snapshot)] as const),
  ];
  const lines = [`engine ${survey.directory.engine}`];
  if (files.length > 0) lines.push(renderTable(files, WIDTH));
  lines.push(...verdict(survey, dataDirectory).map((line) => `  ${line}`));
  return `${lines.join("\n")}\n`;
}

function segmentText(segment: SegmentSurvey): string {
  const { bytes, usedBytes, records, first, lastSequence, lastTime } = segment;
  const size = `${count(usedBytes)} of ${count(bytes)} bytes`;
  if (records === 0) return `segment, ${size}: no sound records`;
  return `segment, ${size}: commands ${range(first, lastSequence)}, ${epochText(segment)}, until ${formatTime(lastTime)}`;
}

function epochText({ lowestEpoch, highestEpoch }: SegmentSurvey): string {
  return lowestEpoch === highestEpoch ? `epoch ${lowestEpoch}` : `epochs ${range(lowestEpoch, highestEpoch)}`;
}

function snapshotText({ bytes, point, stateHash, problem, sequence }: SnapshotSurvey): string {
  if (problem !== undefined) return `snapshot, ${count(bytes)} bytes: DAMAGED: ${problem}`;
  const when = point === undefined ? "" : `, epoch ${point.epoch}, ${formatTime(point.time)}`;
  return `snapshot, ${count(bytes)} bytes: after command ${count(sequence)}${when}, state ${stateHash ?? ""}`;
}

function verdict(survey: JournalSurvey, dataDirectory: string): string[] {
  const { history, start, startPoint } = survey;
  if (start.damage !== undefined) {
    return [
      ...damageLines(start.damage, dataDirectory, highestKnown(survey)),
      `a venue does not start on this: fairlead journal repair ${dataDirectory} cuts there`,
    ];
  }
  const lines = endLines(survey, start, dataDirectory);
  if (history.damage === undefined) return lines;
  const covered = `a venue starts all the same, from the snapshot of command ${count(startPoint.sequence)}; what lies before it cannot all be replayed`;
  return [...damageLines(history.damage, dataDirectory, startPoint.sequence), covered, ...lines];
}

/** The highest sequence number of which there is a trace. */
export function highestKnown({ segments, snapshots, start, history }: JournalSurvey): number {
  return Math.max(
    0,
    start.damage?.behind.highest ?? 0,
    history.damage?.behind.highest ?? 0,
    ...segments.map(({ first, lastSequence }) => Math.max(first - 1, lastSequence)),
    ...snapshots.map(({ sequence }) => sequence),
  );
}

function damageLines({ path, offset, problem, lastSequence, behind }: Damage, dataDirectory: string, highest: number) {
  const lines = [`DAMAGED: ${shortPath(dataDirectory, path)}, byte ${count(offset)}: ${problem}`];
  const concerned = Math.max(0, highest - lastSequence);
  if (concerned > 0) {
    const left = behind.ranges.map(({ from, to }) => range(from, to)).join(", ");
    lines.push(
      `commands ${range(lastSequence + 1, highest)} lie behind it: ${left === "" ? "none" : left} of them can still be read`,
    );
  }
  return lines;
}

function endLines({ startPoint }: JournalSurvey, { end, torn }: Passage, dataDirectory: string): string[] {
  if (end === undefined || end.sequence === 0) return ["the journal has no commands"];
  const last = `the journal ends with command ${count(end.sequence)}`;
  const when = end.sequence > startPoint.sequence ? ` of ${formatTime(end.time)}` : "";
  if (torn === undefined) return [`${last}${when}, cleanly`];
  const { path, offset, bytes, records } = torn;
  const whole = records === 0 ? "" : `, ${count(records)} whole records among them`;
  return [
    `${last}${when}, with a torn tail: ${count(bytes)} bytes at byte ${count(offset)} of ${shortPath(dataDirectory, path)}${whole}`,
    "that was being written when the machine stopped: nobody was told of it, and the next start cuts it off",
  ];
}

export function surveyJson(survey: JournalSurvey, dataDirectory: string): unknown {
  const { directory, segments, snapshots, history, start, startPoint } = survey;
  const short = (path: string): string => shortPath(dataDirectory, path);
  return {
    engine: directory.engine,
    sound: isSound(survey),
    startsFrom: startPoint.sequence,
    segments: segments.map((segment) => Object.assign({}, segment, { path: short(segment.path) })),
    snapshots: snapshots.map((snapshot) => snapshotJson(snapshot, short)),
    history: passageJson(history, short),
    start: passageJson(start, short),
  };
}

function snapshotJson(snapshot: SnapshotSurvey, short: (path: string) => string): unknown {
  const { path, sequence, bytes, point, stateHash, problem } = snapshot;
  return { path: short(path), sequence, bytes, time: point?.time, epoch: point?.epoch, stateHash, problem };
}

function passageJson({ end, torn, damage }: Passage, short: (path: string) => string): unknown {
  if (damage !== undefined) {
    const { path, behind } = damage;
    return { damage: { ...damage, path: short(path), behind: { records: behind.count, ranges: behind.ranges } } };
  }
  return { end, ...(torn === undefined ? {} : { torn: { ...torn, path: short(torn.path) } }) };
}

export function range(from: number, to: number): string {
  return from === to ? count(from) : `${count(from)}…${count(to)}`;
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}
