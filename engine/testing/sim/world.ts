/**
 * A venue, its disk and its clients on one thread, in an order that a seed draws: who gets the next turn, what fails, when the
 * process dies and when the power. The parts of the venue are the real ones; clock, disk and connections are simulated.
 *
 * After every recovery, and at the end, what came back is compared with what happened (history.ts) and with what anybody was
 * told (ledger.ts).
 */
import { ExecType, Phase } from "../../../protocol/codes.ts";
import { OperatingError } from "../../../protocol/operating-error.ts";
import { CommandKind } from "../../../protocol/record/command-record.ts";
import type { MatchingEngine } from "../../matching-engine.ts";
import { EVT_HEAD, EventKind } from "../../../protocol/record/event-record.ts";
import { codeOf } from "../../storage/disk.ts";
import { commandOf } from "../command-fields.ts";
import { Dice } from "../flow/dice.ts";
import { type Climate, type Weights, drawClimate, drawWeights } from "./climate.ts";
import { eventText } from "./event-text.ts";
import { Fingerprint } from "./fingerprint.ts";
import { History } from "./history.ts";
import type { LedgerLine } from "./ledger.ts";
import { probeFlip, probePowerCut } from "./probe.ts";
import { type References, referencesOf } from "./reference-pool.ts";
import { SimClient } from "./sim-client.ts";
import { SimClock } from "./sim-clock.ts";
import { ProcessDeath, SimDisk } from "./sim-disk.ts";
import type { SimGateway } from "./sim-gateway.ts";
import { DATA_DIRECTORY, EngineDeath, MAX_WORLD_GATEWAYS, SimVenue } from "./sim-venue.ts";
import { SimulationFailure, demand } from "./simulation-failure.ts";
import { compareWithTwin } from "./twin-check.ts";
import { type WorldCounts, noCounts } from "./world-counts.ts";

const TOLD_STEPS = 60;
const STEPS_OF_WEATHER = 150;
/** Looks at a full ring before whatever holds the others up is taken away. */
const PATIENCE = 60;
/** In so many rounds everything must come to rest once nothing fails any more. */
const SETTLING_ROUNDS = 5000;
/** In so many, a clean stop; else the process is killed. */
const STOPPING_ROUNDS = 300;
const MS_PER_HOUR = 3_600_000;

export interface WorldOptions {
  readonly seed: number;
  readonly steps: number;
  readonly comparesTwin?: boolean;
}

export interface WorldReport {
  readonly counts: WorldCounts;
  /** Over everything that was told and everything that is on the disk. */
  readonly fingerprint: number;
}

export class World {
  readonly #options: WorldOptions;
  readonly #dice: Dice;
  readonly #climate: Climate;
  readonly #references: References;
  readonly #history: History;
  readonly #clients: readonly SimClient[];
  readonly #disk = new SimDisk();
  readonly #clock = new SimClock();
  readonly #counts = noCounts();
  readonly #fingerprint = new Fingerprint();
  readonly #steps: string[] = [];
  #weights: Weights;
  #venue: SimVenue | undefined;
  /** Of the lives whose events are not compared yet. */
  #lines: LedgerLine[] = [];
  /** Up to there everything was promised to survive. */
  #promised = 0;
  #connections = 0;
  #looksAtFullRing = 0;

  constructor(options: WorldOptions) {
    const dice = new Dice(options.seed);
    const climate = drawClimate(dice);
    const { config, clientCount, isPlain } = climate;
    const instrumentIds = config.instruments.map(({ instrumentId }) => instrumentId);
    this.#options = options;
    this.#dice = dice;
    this.#climate = climate;
    this.#references = referencesOf(config);
    this.#history = new History(this.#references.settled, this.#references.scout);
    this.#clients = Array.from(
      { length: clientCount },
      (_, n) => new SimClient(`client-${n}`, dice, { instrumentIds, isPlain }),
    );
    this.#weights = drawWeights(dice);
    this.#disk.makeDirectory(DATA_DIRECTORY);
  }

  /** Throws a SimulationFailure that tells the seed and the last steps. */
  run(): WorldReport {
    try {
      this.#start();
      for (let step = 0; step < this.#options.steps; step++) this.#step(step);
      this.#settle();
      this.#finish();
    } catch (error) {
      throw this.#failure(error);
    }
    this.#counts.worlds++;
    this.#counts.commands += this.#history.sequence;
    return { counts: this.#counts, fingerprint: this.#fingerprint.value };
  }

  #failure(error: unknown): SimulationFailure {
    const { seed, steps } = this.#options;
    const what = error instanceof SimulationFailure ? error.message : String((error as Error).stack ?? error);
    const last = this.#steps.slice(-TOLD_STEPS).join("\n  ");
    return new SimulationFailure(`seed ${seed}, ${steps} steps: ${what}\nthe last steps:\n  ${last}`);
  }

  #tell(step: string): void {
    this.#steps.push(step);
  }

  // ---- one step ----

  #step(step: number): void {
    if (step % STEPS_OF_WEATHER === 0) this.#weights = drawWeights(this.#dice);
    const weights = this.#weights;
    const actions = Object.keys(this.#acts) as (keyof Weights)[];
    const name = this.#dice.weighted(actions.map((action) => [weights[action], action] as const));
    this.#counts.steps++;
    this.#looksAtFullRing = 0;
    this.#attempt(() => this.#tell(`${name}: ${this.#acts[name]()}`));
  }

  /** Whatever kills the process is survived by the world. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (error instanceof EngineDeath) this.#attempt(() => this.#replaceEngine());
      else if (error instanceof ProcessDeath) this.#die(this.#dice.onceIn(2));
      else if (diskCodeOf(error) !== "") this.#failStorage(diskCodeOf(error));
      else throw error;
    }
  }

  /** What each action does, and how it is told. */
  readonly #acts: Record<keyof Weights, () => string> = {
    engine: () => `${this.#running.stepEngine()} commands, the last is ${this.#history.sequence}`,
    journaler: () => `${this.#running.stepJournaler()} commands, durable is ${this.#running.durableSequence}`,
    gateway: () => this.#turnGateway(),
    request: () => this.#request(),
    connect: () => this.#connect(),
    disconnect: () => this.#disconnect(),
    clock: () => this.#passTime(),
    keeper: () => this.#stepKeeper(),
    follow: () => this.#follow(),
    operator: () => this.#operate(),
    crash: () => this.#crash(),
    engineDeath: () => this.#killEngine(),
    fault: () => this.#injectFault(),
    space: () => this.#changeSpace(),
    probe: () => this.#probe(),
  };

  get #running(): SimVenue {
    demand(this.#venue !== undefined, () => "a venue runs between two crashes");
    return this.#venue as SimVenue;
  }

  #gateway(): SimGateway | undefined {
    const { gateways } = this.#running;
    return gateways.length === 0 ? undefined : this.#dice.oneOf(gateways);
  }

  #turnGateway(): string {
    const gateway = this.#gateway();
    if (gateway === undefined) return "not open";
    return `gateway ${gateway.index} told ${gateway.turn(this.#dice.between(1, 64))} events`;
  }

  #request(): string {
    const client = this.#dice.oneOf(this.#clients);
    if (!client.isConnected) return this.#connect(client);
    const requests = Array.from({ length: this.#dice.between(1, 4) }, () => client.request(this.#clock.wallUs));
    return `${client.name} sends ${requests.join(", ")}`;
  }

  #connect(client = this.#dice.oneOf(this.#clients)): string {
    const gateway = this.#gateway();
    if (gateway === undefined || client.isConnected) return "nobody";
    this.#counts.logons++;
    client.connect(gateway, ++this.#connections);
    return `${client.name} to gateway ${gateway.index}`;
  }

  #disconnect(): string {
    const client = this.#dice.oneOf(this.#clients);
    client.disconnect();
    return client.name;
  }

  #passTime(): string {
    const ms = this.#dice.weighted([
      [20, this.#dice.below(1000) / 1000],
      [4, this.#dice.between(1, 200)],
      [1, this.#dice.between(1, 12) * MS_PER_HOUR],
    ]);
    this.#clock.pass(ms);
    return `${ms} ms`;
  }

  #stepKeeper(): string {
    try {
      const did = this.#running.stepKeeper();
      if (did.startsWith("snapshot")) this.#counts.snapshots++;
      return did;
    } catch (error) {
      if (codeOf(error) === "") throw error;
      this.#running.loseKeeper();
      return `died of ${codeOf(error)}`;
    }
  }

  #follow(): string {
    const gateway = this.#gateway();
    const { instrumentId } = this.#dice.oneOf(this.#climate.config.instruments);
    const kind = this.#dice.onceIn(4) ? CommandKind.UnfollowBook : CommandKind.FollowBook;
    gateway?.sendControl(commandOf({ kind, instrumentId, session: -1 }));
    return `instrument ${instrumentId}`;
  }

  #operate(): string {
    const phase = this.#dice.oneOf([
      Phase.Continuous,
      Phase.Continuous,
      Phase.OpeningAuction,
      Phase.Halt,
      Phase.PreOpen,
    ]);
    const instrumentId = this.#dice.below(5);
    const ids = { session: -1, connection: this.#dice.below(1000), clientOrderId: this.#dice.below(1000) };
    this.#gateway()?.sendControl(commandOf({ kind: CommandKind.SetPhase, instrumentId, price: phase, ...ids }));
    return `phase ${phase} for instrument ${instrumentId}`;
  }

  // ---- what goes wrong ----

  #crash(): string {
    const dice = this.#dice;
    if (dice.onceIn(6)) this.#stop();
    else if (dice.onceIn(2)) return this.#planDeath(dice.between(1, 4));
    else this.#die(dice.onceIn(2));
    return "over";
  }

  /** Most deaths that leave something half done are in the middle of a few calls. */
  #planDeath(calls: number): string {
    this.#disk.dieIn(calls);
    return `the process dies in ${calls} calls of the disk`;
  }

  #killEngine(): string {
    if (!this.#running.isOpen) return "not open";
    const commands = this.#dice.below(4);
    this.#running.killEngineIn(commands);
    return `in ${commands} commands`;
  }

  #injectFault(): string {
    const dice = this.#dice;
    if (dice.onceIn(2)) return this.#planDeath(dice.between(1, 30));
    const operation = dice.oneOf(["write", "sync", "sync", "syncDirectory", "rename", "open"] as const);
    const nth = dice.between(1, 10);
    this.#disk.failNext(operation, "EIO", { nth });
    return `${operation} fails, the ${nth}. from now`;
  }

  #changeSpace(): string {
    const isFull = this.#disk.capacityBytes !== Infinity;
    const room = this.#dice.below(4 * this.#climate.shape.segmentBytes);
    this.#disk.capacityBytes = isFull ? Infinity : this.#disk.usedBytes + room;
    if (!isFull) this.#counts.fullPhases++;
    return isFull ? "enough" : `${room} bytes`;
  }

  #probe(): string {
    const parts = {
      config: this.#climate.config,
      history: this.#history,
      promised: this.#promise(),
      reference: this.#references.probe,
    };
    this.#counts.probes++;
    if (this.#dice.onceIn(2)) {
      probePowerCut(this.#disk, this.#dice, parts);
      return "a power cut";
    }
    const outcome = probeFlip(this.#disk, this.#dice, parts);
    if (outcome === "refused") this.#counts.flipsRefused++;
    if (outcome === "cut") this.#counts.flipsCut++;
    return `a flipped bit, ${outcome}`;
  }

  /** Up to where everything is promised to survive. */
  #promise(): number {
    const told = [...this.#lines, ...this.#openLines()].map(({ toldSequence }) => toldSequence);
    return Math.max(this.#promised, this.#venue?.durableSequence ?? 0, ...told);
  }

  #openLines(): LedgerLine[] {
    return (this.#venue?.gateways ?? []).map(({ line }) => line);
  }

  /** The engine waits for room in an event ring, in the middle of a command. */
  #stall(): void {
    this.#counts.stalls++;
    if (++this.#looksAtFullRing > PATIENCE) return this.#relieve();
    const { gateway, journaler, clock, crash, engineDeath } = this.#weights;
    const action = this.#dice.weighted([
      [gateway, "gateway"],
      [journaler, "journaler"],
      [clock, "clock"],
      [crash, "crash"],
      [engineDeath, "engineDeath"],
    ] as const);
    // Only by unwinding the command can process or engine die now.
    if (action === "crash") throw new ProcessDeath();
    if (action === "engineDeath") throw new EngineDeath();
    this.#acts[action]();
  }

  #relieve(): void {
    this.#disk.capacityBytes = Infinity;
    this.#clock.pass(200);
    this.#running.stepJournaler();
    for (const gateway of this.#running.gateways) gateway.turn(Infinity);
  }

  // ---- deaths and starts ----

  #die(losesPower: boolean): void {
    this.#endLife();
    if (losesPower) this.#cutPower();
    else {
      this.#disk.endProcess();
      this.#counts.kills++;
    }
    this.#tell(losesPower ? "THE POWER FAILS" : "THE PROCESS IS KILLED");
    this.#start();
  }

  /** As engine-unit.ts does it, while the rest of the process lives on. */
  #replaceEngine(): void {
    const venue = this.#running;
    this.#counts.engineDeaths++;
    this.#tell("THE ENGINE DIES");
    for (const client of this.#clients) client.stopCounting();
    this.#waitForGateways(venue);
    const heard = venue.gateways.map((gateway) => gateway.awaitEngine(venue.publishedSequence));
    for (let look = 0; venue.journalDepth > 0; look++) {
      if (look > PATIENCE) this.#disk.capacityBytes = Infinity;
      this.#clock.pass(10);
      venue.stepJournaler();
    }
    const tellFrom = Math.min(...heard);
    const { end } = venue.replaceEngine(tellFrom);
    this.#tell(`another engine goes on behind command ${end.sequence}, and tells from ${tellFrom}`);
    demand(
      end.sequence === this.#history.sequence,
      () => `the engine came back at ${end.sequence}, not ${this.#history.sequence}`,
    );
    this.#settleUpTo(end.sequence);
    this.#expectState(venue.engine);
  }

  /** They take what is durable, but nobody waits for ever. */
  #waitForGateways(venue: SimVenue): void {
    const patience = this.#dice.between(0, 20);
    for (let look = 0; look < patience && venue.gateways.some(({ hasUnread }) => hasUnread); look++) {
      venue.stepJournaler();
      for (const gateway of venue.gateways) gateway.turn(this.#dice.between(1, 64));
    }
  }

  #failStorage(code: string): void {
    this.#tell(`THE STORAGE FAILS: ${code}`);
    this.#counts.storageFailures++;
    this.#die(this.#dice.onceIn(3));
  }

  #endLife(): void {
    this.#promised = this.#promise();
    this.#lines.push(...this.#openLines());
    this.#venue?.giveBack();
    this.#venue = undefined;
    for (const client of this.#clients) client.lose();
    this.#clock.pass(this.#dice.between(1, 2000));
    if (this.#dice.onceIn(4)) this.#clock.setWall(this.#dice.between(-5000, 5000));
  }

  #cutPower(): void {
    const { lostSectors, tornSectors, lostNames } = this.#disk.cutPower(this.#dice);
    this.#counts.powerCuts++;
    this.#counts.lostSectors += lostSectors;
    this.#counts.tornSectors += tornSectors;
    this.#counts.lostNames += lostNames;
  }

  /** Again and again, until the venue is there. */
  #start(): void {
    while (this.#venue === undefined) {
      if (this.#dice.onceIn(6)) this.#disk.dieIn(this.#dice.between(1, 40));
      this.#venue = this.#tryStart();
    }
    this.#checkRecovered(this.#venue);
  }

  #tryStart(): SimVenue | undefined {
    try {
      return new SimVenue({
        disk: this.#disk,
        clock: this.#clock,
        config: this.#climate.config,
        shape: { ...this.#climate.shape, gatewayCount: this.#dice.between(1, MAX_WORLD_GATEWAYS) },
        history: this.#history,
        onStall: () => this.#stall(),
        onEvent: (i32, base) => this.#hear(i32, base),
      });
    } catch (error) {
      this.#startFailed(error);
      return undefined;
    }
  }

  #startFailed(error: unknown): void {
    const code = diskCodeOf(error);
    const isDeath = error instanceof ProcessDeath;
    demand(isDeath || code !== "", () => `the venue does not start: ${String((error as Error).stack)}`);
    this.#tell(isDeath ? "THE PROCESS DIES IN ITS START" : `THE START FAILS: ${code}`);
    this.#counts.deathsInStart++;
    if (code === "ENOSPC") this.#disk.capacityBytes = Infinity;
    if (isDeath && this.#dice.onceIn(2)) this.#cutPower();
    else this.#disk.endProcess();
  }

  #checkRecovered({ recovery, engine }: SimVenue): void {
    const { end, torn, badSnapshots, snapshotSequence } = recovery;
    const { sequence } = end;
    this.#tell(
      `started at command ${sequence}, from snapshot ${snapshotSequence}${torn === undefined ? "" : ", torn"}`,
    );
    this.#countRecovery(recovery);
    demand(sequence >= this.#promised, () => `command ${this.#promised} was promised, and only ${sequence} came back`);
    demand(sequence <= this.#history.sequence, () => `command ${sequence} came back, which never was`);
    demand(badSnapshots.length === 0, () => `a snapshot is bad: ${badSnapshots[0]?.problem}`);
    this.#settleUpTo(sequence);
    this.#lines = [];
    this.#expectState(engine);
  }

  #countRecovery({ torn, snapshotSequence }: SimVenue["recovery"]): void {
    this.#counts.recoveries++;
    if (snapshotSequence > 0) this.#counts.startsFromSnapshot++;
    if (torn === undefined) return;
    this.#counts.tornTails++;
    this.#counts.wholeRecordsCut += torn.records;
  }

  /** What is durable cannot be taken back any more, so that what was told of it can be compared. */
  #settleUpTo(sequence: number): void {
    this.#promised = sequence;
    this.#history.settle(sequence);
    for (const line of [...this.#lines, ...this.#openLines()]) line.compare(this.#history);
  }

  /** Every part of the state is what an engine has that was never interrupted. */
  #expectState(engine: MatchingEngine): void {
    const hash = engine.stateHash();
    this.#fingerprint.addText(hash);
    const { settled } = this.#history;
    demand(hash === this.#history.hashAfter(settled), () => {
      return `the state after command ${settled} is another one in: ${this.#history.differencesOf(engine)}`;
    });
  }

  #hear(i32: Int32Array, base: number): void {
    const head = i32[base + EVT_HEAD] as number;
    const isRepeat = (head & 0xffff) === (EventKind.ExecutionReport | (ExecType.OrderStatus << 8));
    this.#counts.events++;
    if (isRepeat) this.#counts.repeatedOrders++;
    this.#fingerprint.addText(eventText(i32, base));
  }

  // ---- coming to rest ----

  /** Ends every session and everything that is under way, saves, and starts again. */
  #stop(): void {
    for (const client of this.#clients) client.disconnect();
    for (let round = 0; round < STOPPING_ROUNDS; round++) {
      if (this.#round() === 0 && !this.#running.isBusy) return this.#restart(false);
    }
    this.#die(false);
  }

  /** Nothing is under way. */
  #restart(losesPower: boolean): void {
    const venue = this.#running;
    this.#settleUpTo(this.#history.sequence);
    for (const line of this.#openLines()) line.complete(this.#history.sequence, this.#history);
    this.#expectState(venue.engine);
    venue.saveAndClose();
    this.#counts.cleanStops++;
    this.#tell("THE VENUE STOPS");
    this.#endLife();
    if (losesPower) this.#cutPower();
    else this.#disk.endProcess();
    this.#start();
  }

  /** Everybody gets one turn. Returns how much they did. */
  #round(): number {
    this.#looksAtFullRing = 0;
    this.#clock.pass(1);
    let workCount = this.#running.stepEngine() + this.#running.stepJournaler();
    for (const gateway of this.#running.gateways) workCount += gateway.turn(Infinity);
    return workCount;
  }

  /** Nothing fails any more: everybody gets an answer. */
  #settle(): void {
    this.#disk.clearFaults();
    this.#disk.dieIn(Infinity);
    this.#disk.capacityBytes = Infinity;
    this.#weights = { ...this.#weights, crash: 0, engineDeath: 0 };
    this.#running.killEngineIn(Infinity);
    for (let round = 0; round < SETTLING_ROUNDS; round++) {
      if (round % 100 === 0) this.#tell(`keeper: ${this.#stepKeeper()}`);
      for (const client of this.#clients) this.#bringBack(client);
      if (this.#round() === 0 && this.#isQuiet()) return;
    }
    const waiting = this.#clients
      .filter(({ waitsFor }) => waitsFor > 0)
      .map(({ name, waitsFor }) => `${name} (${waitsFor})`);
    demand(false, () => `nothing fails any more, and still no answer for ${waiting.join(", ")}`);
  }

  #bringBack(client: SimClient): void {
    const gateway = this.#running.gateways[0];
    if (gateway !== undefined && !client.isConnected) client.connect(gateway, ++this.#connections);
  }

  #isQuiet(): boolean {
    return this.#clients.every((client) => client.isTrading && client.waitsFor === 0) && !this.#running.isBusy;
  }

  /** Stops and starts once more, loses power and starts once more: twice in a row must work. */
  #finish(): void {
    this.#restart(false);
    this.#disk.dieIn(Infinity);
    this.#die(true);
    if (this.#options.comparesTwin === true) {
      compareWithTwin(this.#climate.config, this.#history);
      this.#counts.twinComparisons++;
    }
    for (const [path, bytes] of this.#disk.dump()) {
      this.#fingerprint.addText(path);
      this.#fingerprint.addBytes(bytes);
    }
  }
}

/** Of an error of the disk, or of a start that it made impossible; "" for others. */
function diskCodeOf(error: unknown): string {
  return codeOf(error instanceof OperatingError ? error.cause : error);
}
