/**
 * Puts the code of each thread that is fast or is measured into one module, in place in dist/. Part of `npm run build`, after tsc.
 *
 * V8 treats a constant that is imported from another module as a variable: every use loads it, checks its type and adds it
 * with an overflow check. In one module the same constant is folded into the instruction. Our records and codecs are made of
 * named offsets, so this is worth a third of their time (docs/decisions/0009-bundled-workers.md).
 */
import { rolldown } from "rolldown";

const ENTRIES = [
  "engine/engine-worker",
  "engine/journal/journal-worker",
  "engine/journal/keeper-worker",
  "gateway/gateway-worker",
  "loadgen/load-worker",
  "bench/wire/bare-tcp-server",
  "bench/feed/bench-worker",
  "bench/capacity/capacity-process",
  "cli/match/match-run",
  "cli/replay/replay-run",
  "cli/replay/verify-worker",
];

for (const entry of ENTRIES) {
  const bundle = await rolldown({
    input: `dist/${entry}.js`,
    platform: "node",
    // Packages stay packages: some are native, and all are found from dist/ as they are from the sources.
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
    optimization: { inlineConst: true },
  });
  await bundle.write({ file: `dist/${entry}.js`, format: "esm", sourcemap: true });
  await bundle.close();
}
