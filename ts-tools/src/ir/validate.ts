import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { ProblemError } from "../problem.js";
import type { Api } from "./types.js";

const schemaFile = new URL("../../schema/api.schema.json", import.meta.url);

/**
 * Checks a value against the IR's JSON Schema.
 *
 * @param file name of where it came from, for messages
 * @throws ProblemError that names every place that does not fit
 */
export function validateApi(value: unknown, file: string): Api {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  const validate = ajv.compile<Api>(JSON.parse(readFileSync(schemaFile, "utf8")) as object);
  if (validate(value)) return value;
  throw new ProblemError(
    (validate.errors ?? []).map((error) => ({
      file,
      line: 1,
      item: error.instancePath || "/",
      message: `${error.message ?? "does not fit"}; write what ts-tools/schema/api.schema.json says, or run \`make gen\``,
    })),
  );
}

/**
 * Reads the text of an `api.json`.
 *
 * @throws ProblemError when it is not JSON, or not as the schema says
 */
export function readApi(text: string, file: string): Api {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProblemError([{ file, line: 1, item: "json", message: `${(error as Error).message}; run \`make gen\`` }]);
  }
  return validateApi(value, file);
}

/** The IR as the text of `api.json`. */
export function printApi(api: Api): string {
  return `${JSON.stringify(api, null, 2)}\n`;
}
