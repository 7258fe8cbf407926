/**
 * protobufjs, made to read 64-bit integers as numbers also where the package `long` is installed. Must be evaluated before
 * the generated code, whose prototypes take their default values from this setting: import it first.
 */
import protobuf from "protobufjs/minimal.js";

Reflect.set(protobuf.util, "Long", null);
protobuf.configure();

export { protobuf };
