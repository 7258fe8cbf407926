import { defineConfig } from "vitest/config";

/** `npm run test:mutation`: what Stryker runs once per mutant, in its own copy of the tree. */
export default defineConfig({
  test: {
    include: ["dist/engine/**/*.test.js"],
    setupFiles: ["./dist/engine/testing/mutation/fast-check-settings.js"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    server: { deps: { external: [/\/dist\/.*(?<!\.test)\.js$/] } },
  },
});
