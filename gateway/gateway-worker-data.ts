import type { Instrument } from "../engine/engine-config.ts";
import type { Durability } from "../protocol/codes.ts";
import type { EngineLaneParts } from "./engine-lane.ts";
import type { GatewayLimits } from "./gateway.ts";
import type { OperatorAnswer, OperatorOrder } from "./operator/operator-desk.ts";
import type { LogLevel } from "./worker-log.ts";
import type { StageBuffers } from "./stage-latency.ts";

/** What a gateway worker is started with. All buffers are shared with the engines and with the main thread. */
export interface GatewayWorkerData {
  readonly gateway: number;
  /** Threads that served this gateway before: their connections must not be mistaken for ours. */
  readonly predecessors: number;
  /** In the engines' order. */
  readonly lanes: readonly EngineLaneParts[];
  readonly doorbell: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly runtime: SharedArrayBuffer;
  readonly stages: StageBuffers;
  readonly instruments: readonly Instrument[];
  readonly durability: Durability;
  readonly limits: GatewayLimits;
  readonly venueName: string;
  readonly logLevel: LogLevel;
  readonly host: string;
  readonly wsPort: number;
  readonly tcpPort: number;
  /** Whether other gateways listen on the same ports. */
  readonly sharesPorts: boolean;
  /** Descriptor of the listening TCP socket of another gateway, where SO_REUSEPORT is not to be had. */
  readonly tcpFd: number | undefined;
  readonly clockOriginMs: number;
}

/** Main thread to worker. */
export type GatewayOrder =
  /**
   * The engine's thread is gone. Answered with enginePaused when everything that it had published is with its receivers: all events up
   * to the command `published`, and perhaps some after it.
   */
  | { readonly type: "pauseEngine"; readonly engine: number; readonly published: number }
  | { readonly type: "resumeEngine"; readonly engine: number }
  /** Nothing can be made durable any more: every client is told, and nothing else. Answered with halted. */
  | { readonly type: "halt" }
  | { readonly type: "drain"; readonly timeoutMs: number }
  /** Let go of the sockets: the process is about to end. */
  | { readonly type: "abandon" }
  | { readonly type: "operate"; readonly order: OperatorOrder }
  /** An engine has this instrument now; answered with defined. */
  | { readonly type: "define"; readonly instrument: Instrument };

/** Worker to main thread; log records come as well (worker-log.ts). */
export type GatewayNews =
  | { readonly type: "listening"; readonly wsPort: number; readonly tcpPort: number; readonly tcpFd: number }
  | { readonly type: "listenFailed"; readonly message: string }
  | { readonly type: "drained" }
  /** `lastSequence`: the last command of which this gateway has heard. */
  | { readonly type: "enginePaused"; readonly engine: number; readonly lastSequence: number }
  | { readonly type: "halted" }
  | { readonly type: "abandoned" }
  | { readonly type: "operated"; readonly answer: OperatorAnswer }
  | { readonly type: "defined"; readonly instrumentId: number };
