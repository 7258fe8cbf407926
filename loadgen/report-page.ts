/**
 * The script of the report page: draws the two plots from the data in the page. It runs in a browser, beside uPlot, and
 * its compiled text is inlined into the page: so it imports nothing at run time.
 *
 * Both latency axes are logarithmic, so that a median of microseconds and a stall of a second are readable in one plot.
 */
import type UPlot from "uplot";
import type { CurvePoint } from "./distribution.ts";
import type { IntervalPoint, LoadReport } from "./load-report.ts";

declare const uPlot: typeof UPlot;

const PLOT_HEIGHT_PX = 340;
/** Room for "100 ms", and for one line of numbers. */
const LATENCY_AXIS_PX = 68;
const BOTTOM_AXIS_PX = 34;
/** Above and beside the plot: half of the outermost labels reach beyond it. */
const PADDING_PX: [number, number, number, number] = [14, 34, 0, 0];
const WHOLE_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18_000, 36_000];
const MICRO_UNITS = [
  { us: 1e6, name: "s" },
  { us: 1e3, name: "ms" },
  { us: 1, name: "µs" },
] as const;

type Values = (number | null)[];

interface Plot {
  readonly options: Omit<UPlot.Options, "width">;
  readonly data: UPlot.AlignedData;
}

interface PlotSeries {
  readonly label: string;
  /** A custom property of the page's style. */
  readonly color: string;
  readonly values: Values;
  readonly dash?: number[];
  /** Diameter of a dot at each value; absent: none. */
  readonly dotPx?: number;
  /** Absent: 2. With 0 there are only dots. */
  readonly linePx?: number;
}

const report = JSON.parse(document.getElementById("report-data")?.textContent ?? "{}") as LoadReport;
const redraws: (() => void)[] = [];
redraws.push(plot("percentile-plot", () => percentilePlot(report)));
redraws.push(plot("time-plot", () => timePlot(report)));
window.addEventListener("resize", redrawAll);
// Colours are painted into the plot: they have to follow the person's choice of light or dark.
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);

function redrawAll(): void {
  for (const redraw of redraws) redraw();
}

/** Draws a plot into the element and returns what draws it anew. */
function plot(elementId: string, build: () => Plot): () => void {
  const element = document.getElementById(elementId);
  if (element === null) return () => undefined;
  const draw = (): void => {
    element.replaceChildren();
    const { options, data } = build();
    element.append(new uPlot({ ...options, width: element.clientWidth }, data).root);
  };
  draw();
  return draw;
}

function percentilePlot({ curves, latency }: LoadReport): Plot {
  const { samples, maxUs } = latency.corrected;
  const xs = curves.corrected.map(({ oneIn }) => oneIn);
  // The maximum is the last sample of all: it sits where one in `samples` lies.
  if (samples > 1) xs.push(samples);
  const series: PlotSeries[] = [
    { label: "corrected (from due)", color: "--corrected", values: withoutMax(curves.corrected) },
    { label: "uncorrected (from sent)", color: "--uncorrected", values: withoutMax(curves.uncorrected), dash: [7, 4] },
    {
      label: "max, corrected",
      color: "--max",
      values: xs.map((x) => (x === samples ? maxUs : null)),
      dotPx: 9,
      linePx: 0,
    },
  ];
  const percentileSplits = (): number[] => decades(1, Math.max(samples, 10));
  return {
    data: [xs, ...series.map(({ values }) => values)],
    options: {
      height: PLOT_HEIGHT_PX,
      padding: PADDING_PX,
      scales: {
        x: { time: false, distr: 3, range: [1, Math.max(samples, 10) * 1.3] },
        y: latencyScale(series),
      },
      axes: [
        axis("percentile", { splits: percentileSplits, values: (_, splits) => splits.map(percentileOf) }),
        latencyAxis(),
      ],
      series: [
        { label: "percentile", value: (_, x) => (x === null ? "–" : percentileOf(x)) },
        ...series.map(seriesOptions),
      ],
    },
  };
}

/** The place of the maximum stays empty in the curves. */
function withoutMax(points: readonly CurvePoint[]): Values {
  return [...points.map(({ us }) => us), null];
}

function timePlot({ overTime }: LoadReport): Plot {
  const pick = (value: (point: IntervalPoint) => number | null): Values => overTime.map(value);
  const dots = overTime.length <= 60 ? { dotPx: 5 } : {};
  const series: PlotSeries[] = [
    { label: "max", color: "--max", values: pick(({ maxUs }) => maxUs), dash: [2, 3], ...dots },
    { label: "p99", color: "--p99", values: pick(({ p99Us }) => p99Us), ...dots },
    { label: "p50", color: "--p50", values: pick(({ p50Us }) => p50Us), ...dots },
  ];
  return {
    data: [overTime.map(({ second }) => second), ...series.map(({ values }) => values)],
    options: {
      height: PLOT_HEIGHT_PX,
      padding: PADDING_PX,
      scales: { x: { time: false }, y: latencyScale(series) },
      axes: [axis("second of the measured time in which requests were due", { incrs: WHOLE_SECONDS }), latencyAxis()],
      series: [
        { label: "from second", value: (_, second) => (second === null ? "–" : String(second)) },
        ...series.map(seriesOptions),
      ],
    },
  };
}

function seriesOptions({ label, color, dash, dotPx, linePx }: PlotSeries): UPlot.Series {
  const stroke = styleColor(color);
  return {
    label,
    stroke,
    width: linePx ?? 2,
    ...(dash === undefined ? {} : { dash }),
    points: dotPx === undefined ? { show: false } : { show: true, size: dotPx, fill: stroke },
    value: (_: UPlot, us: number | null) => (us === null ? "–" : latencyText(us)),
  };
}

/** From the 1, 2 or 5 of a decade below the smallest value to the one above the largest. */
function latencyScale(series: readonly PlotSeries[]): UPlot.Scale {
  const values = series.flatMap(({ values: all }) => all).filter((us) => us !== null && us > 0) as number[];
  const low = Math.min(...values, 100);
  const high = Math.max(...values, 200);
  return { distr: 3, range: [nicely(low, Math.floor), nicely(high, Math.ceil)] };
}

function latencyAxis(): UPlot.Axis {
  return axis("latency", {
    size: LATENCY_AXIS_PX,
    splits: (self, _axis, min, max) => logSplits(min, max, self.height),
    // Without this uPlot drops every tick of a logarithmic scale that is not a power of ten.
    filter: (_, splits) => splits,
    values: (_, splits) => splits.map(latencyText),
  });
}

function axis(label: string, options: UPlot.Axis): UPlot.Axis {
  return {
    label,
    labelSize: 22,
    size: BOTTOM_AXIS_PX,
    stroke: styleColor("--quiet"),
    grid: { stroke: styleColor("--line"), width: 1 },
    ticks: { stroke: styleColor("--line"), width: 1 },
    ...options,
  };
}

/** 1, 2, 5 of every decade when few decades are shown, else the decades alone. */
function logSplits(min: number, max: number, heightPx: number): number[] {
  const steps = Math.log10(max / min) * 3 <= heightPx / 32 ? [1, 2, 5] : [1];
  return decades(min / 10, max)
    .flatMap((decade) => steps.map((step) => decade * step))
    .filter((us) => us >= min * 0.999 && us <= max * 1.001);
}

/** Powers of ten from the first at or above `low` up to `high`. */
function decades(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => 10 ** (first + index));
}

/** To the next 1, 2 or 5 of a decade. */
function nicely(us: number, direction: (value: number) => number): number {
  const decade = 10 ** Math.floor(Math.log10(us));
  const steps = direction === Math.floor ? [5, 2, 1] : [1, 2, 5, 10];
  const step = steps.find((candidate) =>
    direction === Math.floor ? candidate <= us / decade : candidate >= us / decade,
  );
  return decade * (step ?? 1);
}

/** 1 → "0 %", 10 → "90 %", 1000 → "99.9 %". */
function percentileOf(oneIn: number): string {
  const digits = Math.max(0, Math.ceil(Math.log10(oneIn) - 1e-9) - 2);
  return `${(100 * (1 - 1 / oneIn)).toFixed(digits)} %`;
}

function latencyText(us: number): string {
  const unit = MICRO_UNITS.find((candidate) => us >= candidate.us * 0.9995) ?? { us: 1, name: "µs" };
  return `${Number((us / unit.us).toPrecision(3))} ${unit.name}`;
}

function styleColor(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}
