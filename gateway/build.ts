/** Which build this is: the version of the package, and the commit where the files lie in a git checkout. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Build {
  readonly version: string;
  /** Abbreviated; undefined when it is not known. */
  readonly commit: string | undefined;
}

export function readBuild(): Build {
  const root = packageRoot(dirname(fileURLToPath(import.meta.url)));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return { version, commit: readCommit(root) };
}

/** `fairlead 0.1.0 (a1633d7)` */
export function formatBuild({ version, commit }: Build): string {
  return commit === undefined ? `fairlead ${version}` : `fairlead ${version} (${commit})`;
}

/** The nearest folder with a package.json: sources and compiled files lie at different depths below it. */
function packageRoot(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : packageRoot(dirname(folder));
}

function readCommit(root: string): string | undefined {
  // Without this look, git would name the commit of whatever project has us in its node_modules.
  if (!existsSync(join(root, ".git"))) return undefined;
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 2000,
    }).trim();
  } catch {
    return undefined;
  }
}
