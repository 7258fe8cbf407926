/**
 * Loads uWebSockets.js as native code, in any thread. Two builds are installed, because no single one runs on every
 * machine that Fairlead supports (docs/decisions/0002-native-uws.md); the first that loads is taken.
 *
 * The legacy package answers with an implementation in JavaScript where it has no binary.
 * A venue must not start on that by accident, so its binary is required directly, and every module is checked again.
 *
 * The types are those of the legacy build, the smaller of the two: what compiles against them exists in both. It has no
 * `dropped` handler; `send` answers 2 instead.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { OperatingError } from "../protocol/operating-error.ts";
import type { AppOptions, TemplatedApp } from "uws-legacy";

/** Both builds have `close`, which ends the listen sockets and every connection; the types of the older one forgot it. */
export interface UwsApp extends TemplatedApp {
  close(): UwsApp;
}

export type Uws = Omit<typeof import("uws-legacy"), "App"> & { readonly App: (options?: AppOptions) => UwsApp };

export interface NativeUws {
  readonly uws: Uws;
  /** Package it came from, as package.json of Fairlead calls it. */
  readonly name: string;
  readonly version: string;
}

/** Where modules come from: that of Node.js, or a test's. */
export interface ModuleSource {
  (id: string): unknown;
  resolve(id: string): string;
}

interface Candidate {
  readonly name: string;
  readonly module: string;
  /** Its package.json, from the folder of the resolved module. */
  readonly manifest: string;
}

const { platform, arch, versions } = process;

const CANDIDATES: readonly Candidate[] = [
  { name: "uWebSockets.js", module: "uWebSockets.js", manifest: "package.json" },
  {
    name: "uws-legacy",
    module: `uws-legacy/binaries/uws_${platform}_${arch}_${versions.modules}.node`,
    manifest: "../package.json",
  },
];

/** @throws OperatingError that says in one line what was tried, why each failed, and what to do. */
export function loadNativeUws(source: ModuleSource = createRequire(import.meta.url)): NativeUws {
  const failures: string[] = [];
  for (const candidate of CANDIDATES) {
    try {
      const uws = requireNative(candidate, source);
      return { uws, name: candidate.name, version: versionOf(candidate, source) };
    } catch (error) {
      failures.push(`${candidate.name} ${reasonOf(error as Error)}`);
    }
  }
  throw new OperatingError(
    `no native uWebSockets.js for Node.js ${versions.node} on ${platform} ${arch}${libcVersion()}: ` +
      `${failures.join("; ")}. Use Node.js 20, ` +
      "or Node.js 22, 24 or 25 on a system with glibc 2.38 or newer (Debian 13, Ubuntu 24.04)",
  );
}

function requireNative(candidate: Candidate, source: ModuleSource): Uws {
  const uws = source(candidate.module) as Uws;
  if (typeof uws.App !== "function") throw new Error("has no App in it");
  if (!Function.prototype.toString.call(uws.App).includes("[native code]")) {
    throw new Error("is the slow JavaScript implementation");
  }
  return uws;
}

function versionOf(candidate: Candidate, source: ModuleSource): string {
  const manifest = join(dirname(source.resolve(candidate.module)), candidate.manifest);
  return (source(manifest) as { version: string }).version;
}

/** Says in a few words what a loader's message says in many. */
function reasonOf(error: Error): string {
  const glibc = /`GLIBC_([\d.]+)' not found/u.exec(error.message)?.[1];
  if (glibc !== undefined) return `needs glibc ${glibc}`;
  if (/Cannot find module '[^']*\.node'/u.test(error.message)) return "has no binary for it";
  if (/Cannot find module/u.test(error.message)) return "is not installed (run npm ci)";
  return error.message.replaceAll(/\s+/gu, " ");
}

/** `, glibc 2.36`, or nothing where there is none. The report takes milliseconds, so only an error asks for it. */
function libcVersion(): string {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const version = report.header?.glibcVersionRuntime;
  return version === undefined ? "" : `, glibc ${version}`;
}
