/**
 * Leaves assertions out of mutation testing: they state what never happens, so no test can tell whether they are there.
 * A plugin of Stryker, named in stryker.config.json.
 */
export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "assertions",
    value: {
      shouldIgnore(path) {
        if (!path.isExpressionStatement()) return undefined;
        const { expression } = path.node;
        const isAssertion = expression.type === "CallExpression" && expression.callee.name === "assert";
        return isAssertion ? "an assertion states what never happens" : undefined;
      },
    },
  },
];
