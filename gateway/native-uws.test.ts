import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { type ModuleSource, loadNativeUws } from "./native-uws.ts";
import { OperatingError } from "../protocol/operating-error.ts";

const LEGACY = `uws-legacy/binaries/uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;

/** Any function of the engine prints as native code. */
const nativeBuild = { App: Math.max };
const javaScriptBuild = { App: () => ({}) };

/** The legacy binary lies in a folder of its package, the module of the current build beside package.json. */
function resolvedPath(id: string): string {
  return `/packages/${id.includes("/") ? id : `${id}/uws.js`}`;
}

/** @param modules What requiring each gives: a module, or an Error that is thrown. */
function source(modules: Record<string, unknown>): ModuleSource & { asked: string[] } {
  const asked: string[] = [];
  const load = (id: string): unknown => {
    asked.push(id);
    const module = modules[id] ?? new Error(`Cannot find module '${id}'`);
    if (module instanceof Error) throw module;
    return module;
  };
  return Object.assign(load, { asked, resolve: resolvedPath });
}

function errorOf(modules: Record<string, unknown>): string {
  try {
    loadNativeUws(source(modules));
  } catch (error) {
    return error instanceof OperatingError ? error.message : `not an OperatingError: ${String(error)}`;
  }
  return "no error";
}

describe("which build is taken", () => {
  test("the current one where it loads, and the legacy one is not touched", () => {
    const packages = source({
      "uWebSockets.js": nativeBuild,
      "/packages/uWebSockets.js/package.json": { version: "20.57.0" },
    });
    expect(loadNativeUws(packages)).toEqual({ uws: nativeBuild, name: "uWebSockets.js", version: "20.57.0" });
    expect(packages.asked.filter((id) => id.includes("legacy"))).toEqual([]);
  });

  test("else the legacy one", () => {
    const packages = source({
      "uWebSockets.js": new Error("…\n\nError: /lib/libc.so.6: version `GLIBC_2.38' not found (required by …)"),
      [LEGACY]: nativeBuild,
      "/packages/uws-legacy/package.json": { version: "20.30.0" },
    });
    expect(loadNativeUws(packages)).toEqual({ uws: nativeBuild, name: "uws-legacy", version: "20.30.0" });
  });
});

describe("when none is native, one line says", () => {
  const needsGlibc = new Error("…\n\nError: /lib/libc.so.6: version `GLIBC_2.38' not found (required by …)");
  const noBinary = new Error(`This version of …\n\nError: Cannot find module './uws_linux_x64_131.node'`);

  test.each<[string, Record<string, unknown>, string]>([
    ["which glibc is needed", { "uWebSockets.js": needsGlibc }, "uWebSockets.js needs glibc 2.38; "],
    [
      "that there is no binary",
      { "uWebSockets.js": noBinary },
      "uWebSockets.js has no binary for it; uws-legacy has no binary for it.",
    ],
    ["that it is not installed", {}, "uWebSockets.js is not installed (run npm ci); "],
    [
      "that it is not native",
      { "uWebSockets.js": javaScriptBuild },
      "uWebSockets.js is the slow JavaScript implementation; ",
    ],
    ["that it is something else", { "uWebSockets.js": {} }, "uWebSockets.js has no App in it; "],
    ["anything else as it is", { "uWebSockets.js": new Error("a\n b") }, "uWebSockets.js a b; "],
  ])("%s", (_, modules, part) => {
    const message = errorOf(modules);
    expect(message).toContain(part);
    expect(message).not.toContain("\n");
  });

  test("which Node.js and system this is, and what to do", () => {
    const message = errorOf({});
    expect(message).toContain(`for Node.js ${process.versions.node} on ${process.platform} ${process.arch}`);
    expect(message).toContain("Use Node.js 20, or Node.js 22, 24 or 25 on a system with glibc 2.38");
  });
});

describe("on this machine", () => {
  test("a native build loads, and says which one", () => {
    const { uws, name, version } = loadNativeUws();
    expect(String(uws.App)).toContain("[native code]");
    expect(["uWebSockets.js", "uws-legacy"]).toContain(name);
    expect(version).toMatch(/^20\.\d+/);
  });

  test("it loads in several threads at once, prints nothing, and each thread listens and ends", async () => {
    const script = `
      import { parentPort } from "node:worker_threads";
      import { loadNativeUws } from ${JSON.stringify(new URL("native-uws.js", import.meta.url).href)};
      const { uws } = loadNativeUws();
      const app = uws.App();
      app.listen("127.0.0.1", 0, (socket) => {
        parentPort.postMessage(uws.us_socket_local_port(socket));
        app.close();
      });`;
    const reports = await Promise.all([1, 2, 3].map(() => runToEnd(script)));
    for (const report of reports) expect(report).toEqual({ ports: [expect.any(Number)], exitCode: 0, printed: "" });
  });
});

async function runToEnd(script: string) {
  const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
  const worker = new Worker(url, { stdout: true, stderr: true });
  const ports: number[] = [];
  let printed = "";
  worker.on("message", (port: number) => ports.push(port));
  for (const stream of [worker.stdout, worker.stderr]) stream.on("data", (chunk) => (printed += String(chunk)));
  const exitCode = await new Promise<number>((resolve, reject) => {
    worker.once("exit", resolve).once("error", reject);
  });
  return { ports, exitCode, printed };
}
