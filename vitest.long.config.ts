import { defineConfig } from "vitest/config";

/** `npm run test:long`: the random tests with many more cases (FAIRLEAD_LONG=1), one file at a time. */
export default defineConfig({
  test: {
    include: ["dist/**/*.fuzz.test.js", "dist/**/*.stress.test.js"],
    testTimeout: 3_600_000,
    fileParallelism: false,
    server: { deps: { external: [/\/dist\/.*(?<!\.test)\.js$/] } },
  },
});
