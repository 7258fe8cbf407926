/** Copies what tsc does not: the generated protobuf code, its source, and page templates. Part of `npm run build`. */
import { cpSync } from "node:fs";

cpSync("protocol/generated/fairlead.js", "dist/protocol/generated/fairlead.js");
cpSync("protocol/generated/fairlead.d.ts", "dist/protocol/generated/fairlead.d.ts");
cpSync("protocol/fairlead.proto", "dist/protocol/fairlead.proto");
