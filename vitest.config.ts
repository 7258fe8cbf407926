import { defineConfig } from "vitest/config";

/** Tests run from the compiled tree: what is tested is what runs, and worker threads load the same files. */
export default defineConfig({
  test: {
    include: ["dist/**/*.test.js"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    server: { deps: { external: [/\/dist\/.*(?<!\.test)\.js$/] } },
  },
});
