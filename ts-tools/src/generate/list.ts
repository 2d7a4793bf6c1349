import { conformance } from "./conformance.js";
import { embed } from "./embed.js";
import { emit } from "./emit.js";
import { errors } from "./errors.js";
import type { Generator } from "./generator.js";
import { help } from "./help.js";
import { ir } from "./ir.js";
import { nodeCoverage } from "./node-coverage.js";
import { nodePlatforms } from "./node-platforms.js";
import { nodeTypesGenerator } from "./node-types.js";
import { rockspecs } from "./rockspecs.js";

/**
 * Every generator, in the order that they run in: one that reads what another writes comes after it. `ts-tools gen`,
 * `ts-tools gen --check` and the snapshot of the generated tree know what there is from here alone.
 */
export const generators: readonly Generator[] = [
  errors,
  ir,
  emit,
  embed,
  conformance,
  rockspecs,
  help,
  nodePlatforms,
  nodeTypesGenerator,
  nodeCoverage,
];
