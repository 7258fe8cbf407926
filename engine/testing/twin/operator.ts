/** What the operator may do: sections 3, 10, 12 and 13 of docs/MATCHING.md. */
import { CancelReason, ExecType, KillScope, OrderStatus, Phase, RejectReason } from "../../../protocol/codes.ts";
import { MAX_INT32 } from "../../../protocol/limits.ts";
import { CommandFlag, CommandKind, InstrumentTerm, MAX_ACCOUNT } from "../../../protocol/record/command-record.ts";
import { EventKind } from "../../../protocol/record/event-record.ts";
import type { CommandFields } from "../command-fields.ts";
import type { Phases } from "./phases.ts";
import type { Reporter } from "./reporter.ts";
import { type Sessions, isInFilter } from "./sessions.ts";
import {
  PLAIN_TERMS,
  type TwinInstrument,
  checkTerms,
  isKnownTerm,
  newInstrument,
  scheduleNext,
  scheduledPhase,
  withRows,
} from "./twin-instrument.ts";
import type { TwinOrder } from "./twin-order.ts";
import type { TwinState, TwinTrade } from "./twin-state.ts";

const OK = RejectReason.Unspecified;

/** Why nothing was done, or to how many orders or instruments something was. */
interface Outcome {
  readonly reason: RejectReason;
  readonly count: number;
}

const done = (count: number): Outcome => ({ reason: OK, count });
const refused = (reason: RejectReason): Outcome => ({ reason, count: 0 });

export class Operator {
  readonly #state: TwinState;
  readonly #reporter: Reporter;
  readonly #phases: Phases;
  readonly #sessions: Sessions;

  constructor(state: TwinState, reporter: Reporter, phases: Phases, sessions: Sessions) {
    this.#state = state;
    this.#reporter = reporter;
    this.#phases = phases;
    this.#sessions = sessions;
  }

  apply(command: CommandFields): void {
    const outcome = this.#outcome(command);
    if (outcome === undefined) return;
    const isSilent = command.kind === CommandKind.InstrumentTerm && outcome.reason === OK;
    if (!isSilent) this.#reporter.answerOperator(command, outcome.reason, outcome.count);
  }

  #outcome(command: CommandFields): Outcome | undefined {
    switch (command.kind) {
      case CommandKind.SetPhase:
        return this.#setPhase(command);
      case CommandKind.KillSwitch:
        return this.#killSwitch(command);
      case CommandKind.OperatorCancel:
        return this.#cancel(command);
      case CommandKind.BustTrade:
      case CommandKind.CorrectTrade:
        return this.#amendTrade(command);
      case CommandKind.InstrumentTerm:
        return this.#stageTerm(command);
      case CommandKind.CommitInstrument:
        return this.#commitInstrument(command);
      default:
        return undefined;
    }
  }

  #setPhase({ instrumentId, price: phase }: CommandFields): Outcome {
    const { instruments } = this.#state;
    const meant = instruments.filter((known) => instrumentId === 0 || known.instrumentId === instrumentId);
    if (meant.length === 0 && instrumentId !== 0) return refused(RejectReason.UnknownInstrument);
    if (phase < Phase.Continuous || phase > Phase.Delisted) return refused(RejectReason.InvalidPhase);
    const isFinal = instrumentId !== 0 && meant[0]?.phase === Phase.Delisted && phase !== Phase.Delisted;
    if (isFinal) return refused(RejectReason.InvalidPhase);
    return done(meant.filter((instrument) => this.#phases.change(instrument, phase)).length);
  }

  // ---- orders of everyone ----

  #killSwitch(command: CommandFields): Outcome {
    const { price: scope, account, instrumentId, flags } = command;
    const isEngaged = (flags & CommandFlag.Release) === 0;
    let isMeant: (order: TwinOrder) => boolean;
    if (scope === KillScope.Account && account >= 1 && account <= MAX_ACCOUNT) {
      if (isEngaged) this.#state.killedAccounts.add(account);
      else this.#state.killedAccounts.delete(account);
      isMeant = (order) => order.account === account;
    } else if (scope === KillScope.Instrument) {
      const instrument = this.#state.find(instrumentId);
      if (instrument === undefined) return refused(RejectReason.UnknownInstrument);
      instrument.isKilled = isEngaged;
      isMeant = (order) => order.instrument === instrument;
    } else if (scope === KillScope.Venue) {
      this.#state.isVenueKilled = isEngaged;
      isMeant = () => true;
    } else return refused(RejectReason.InvalidScope);
    return done(isEngaged ? this.#sessions.cancelAll(isMeant, CancelReason.KillSwitch) : 0);
  }

  #cancel(command: CommandFields): Outcome {
    const { name } = command;
    const reason = this.#sessions.checkFilter(command);
    if (reason !== OK) return refused(reason);
    const session = this.#state.sessions.find((known) => known.name === name);
    if (name !== "" && session === undefined) return refused(RejectReason.SessionNotFound);
    const isMeant = (order: TwinOrder): boolean =>
      (name === "" || order.session === session) && isInFilter(order, command);
    return done(this.#sessions.cancelAll(isMeant, CancelReason.Operator));
  }

  // ---- trades ----

  #amendTrade(command: CommandFields): Outcome {
    const { instrumentId, origClientOrderId: tradeId, price, orderQty } = command;
    const isBust = command.kind === CommandKind.BustTrade;
    const trade = this.#state.trades.get(tradeId);
    const instrument = this.#state.find(instrumentId);
    if (trade === undefined || instrument === undefined || trade.instrumentId !== instrumentId) {
      return refused(RejectReason.UnknownTrade);
    }
    if (trade.isBusted) return refused(RejectReason.TradeBusted);
    if (!isBust && (price < 0 || price > instrument.terms.maxPrice)) return refused(RejectReason.InvalidPrice);
    if (!isBust && (orderQty < 0 || orderQty > MAX_INT32)) return refused(RejectReason.InvalidQuantity);
    if (isBust) trade.isBusted = true;
    else {
      trade.price = price || trade.price;
      trade.qty = orderQty || trade.qty;
    }
    this.#tellAmended(trade, instrument, isBust ? ExecType.TradeBusted : ExecType.TradeCorrected);
    return done(0);
  }

  #tellAmended(trade: TwinTrade, instrument: TwinInstrument, execType: ExecType): void {
    const fields = { origClientOrderId: trade.tradeId, lastPx: trade.price, lastQty: trade.qty };
    for (const orderId of trade.orderIds) {
      const isMeant = (order: TwinOrder): boolean => order.orderId === orderId && order.status !== OrderStatus.Replaced;
      const order = this.#state.open.find(isMeant) ?? this.#state.ended.find(isMeant);
      if (order !== undefined) this.#reporter.report(order, execType, fields);
    }
    this.#reporter.publish(instrument, { kind: EventKind.TradeAmended, execType, ...fields });
  }

  // ---- instruments ----

  #stageTerm(command: CommandFields): Outcome {
    const { instrumentId, price: term, quoteAmount: value, expireTime: second } = command;
    const staged = this.#state.stagedRows.get(instrumentId) ?? [];
    const row = { term, value, second };
    this.#state.stagedRows.set(instrumentId, [...staged, row]);
    return isKnownTerm(term) ? done(0) : refused(RejectReason.InvalidInstrument);
  }

  #commitInstrument({ instrumentId }: CommandFields): Outcome {
    const rows = this.#state.stagedRows.get(instrumentId) ?? [];
    this.#state.stagedRows.delete(instrumentId);
    if (instrumentId < 1 || !rows.every((row) => isKnownTerm(row.term))) return refused(RejectReason.InvalidInstrument);
    const known = this.#state.find(instrumentId);
    const terms = withRows(known?.terms ?? PLAIN_TERMS, rows);
    const reason = checkTerms(terms);
    if (reason !== OK) return refused(reason);
    if (known === undefined) return this.#addInstrument(newInstrument(instrumentId, terms));
    if (known.phase === Phase.Delisted) return refused(RejectReason.InstrumentDelisted);
    if (rows.some((row) => row.term === InstrumentTerm.ReferencePrice)) known.referencePrice = terms.referencePrice;
    known.terms = terms;
    scheduleNext(known, this.#state.time);
    return done(1);
  }

  #addInstrument(instrument: TwinInstrument): Outcome {
    const { config } = this.#state;
    const { maxInstruments = config.instruments.length } = config;
    if (this.#state.instruments.length >= maxInstruments) return refused(RejectReason.TooManyInstruments);
    this.#state.instruments.push(instrument);
    instrument.phase = scheduledPhase(instrument.terms.schedule, this.#state.time) ?? instrument.phase;
    scheduleNext(instrument, this.#state.time);
    return done(1);
  }
}
