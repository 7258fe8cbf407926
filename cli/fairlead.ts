#!/usr/bin/env node
/** The executable. */
import { main } from "./main.ts";

// The reader of a pipe may leave early (`fairlead load --help | head -1`): that is not a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
