/** The page that Prometheus scrapes. */
import { measureClockCost } from "../../protocol/telemetry/clock.ts";
import type { AdminSources, CounterPageSource } from "./admin-sources.ts";
import { renderFamilies } from "./metric-family.ts";
import { processFamilies, venueFamilies } from "./process-metrics.ts";
import { commitFamilies, counterFamilies, recoveryFamilies, ringFamilies, stageFamilies } from "./shared-metrics.ts";

/**
 * @param ownPage The runtime page of this thread.
 * @returns a function that renders the page as it is now. Calls that come while one renders get the same page, so a
 * crowd of scrapers costs as much as one.
 */
export function createMetricsPage(sources: AdminSources, ownPage: CounterPageSource): () => Promise<string> {
  const clock = measureClockCost();
  let rendering: Promise<string> | undefined;
  return () => {
    rendering ??= renderFamilies([
      ...venueFamilies(sources, clock),
      ...processFamilies(),
      ...counterFamilies([...sources.counterPages, ownPage]),
      ...stageFamilies(sources.stageHistograms),
      ...commitFamilies(sources.commitHistograms),
      ...ringFamilies(sources.rings),
      ...recoveryFamilies(sources),
    ]).finally(() => {
      rendering = undefined;
    });
    return rendering;
  };
}
