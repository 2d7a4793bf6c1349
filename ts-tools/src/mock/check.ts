import { readFileSync } from "node:fs";
import type { ErrorObject } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { builtKeys } from "./built.js";
import type { Action, Scenario } from "./types.js";

/** Something wrong in a scenario: where, and what to write instead. */
export interface Fault {
  /** Keys and indexes from the root. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const compiled = new Map<string, ReturnType<Ajv2020["compile"]>>();

/** Holds a value to a schema of `spec/schema`, named by its file. */
export function checkSchema(name: string, value: unknown): Fault[] {
  let check = compiled.get(name);
  if (!check) {
    const file = new URL(`../../../spec/schema/${name}`, import.meta.url);
    const ajv = new Ajv2020({
      allErrors: true,
      verbose: true,
      allowUnionTypes: true,
      strictRequired: false,
      formats: {},
    });
    check = ajv.compile(JSON.parse(readFileSync(file, "utf8")));
    compiled.set(name, check);
  }
  if (check(value)) return [];
  return (check.errors ?? []).filter((error) => error.keyword !== "if").map(faultOf);
}

/** Checks a scenario that was parsed or made in code against its schema and the rules a schema cannot say. */
export function findFaults(value: unknown): Fault[] {
  const faults = checkSchema("scenario.schema.json", value);
  if (faults.length > 0) return faults;
  return (value as Scenario).exchanges.flatMap((exchange, index) => [
    ...checkBodies(exchange.respond, ["exchanges", index, "respond"]),
    ...(exchange.respond.actions ?? []).flatMap((action, at) =>
      checkAction(action, ["exchanges", index, "respond", "actions", at]),
    ),
  ]);
}

/** `exchanges[0].respond.status`, for messages. */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");
}

function faultOf(error: ErrorObject): Fault {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const parameters = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "additionalProperties": {
      const known = Object.keys((error.parentSchema?.["properties"] ?? {}) as object).join(", ");
      return { path: [...path, String(parameters["additionalProperty"])], message: `unknown key; known are: ${known}` };
    }
    case "required":
      return { path, message: `\`${String(parameters["missingProperty"])}\` is missing` };
    case "enum":
      return { path, message: `must be one of ${JSON.stringify(parameters["allowedValues"])}` };
    case "const":
      return { path, message: `must be ${JSON.stringify(parameters["allowedValue"])}` };
    default:
      return { path, message: error.message ?? "is not valid" };
  }
}

function checkBodies(respond: Scenario["exchanges"][number]["respond"], path: (string | number)[]): Fault[] {
  const given = (["body", "events", "lines", ...builtKeys, "cassette"] as const).filter(
    (key) => respond[key] !== undefined,
  );
  if (given.length <= 1) return [];
  return [{ path: [...path, String(given[1])], message: `give one of ${given.join(", ")}, not several` }];
}

const verbs = ["delay_ms", "hold", "stall", "reset", "close", "garbage", "split_at", "trickle", "gzip"] as const;

function checkAction(action: Action, path: (string | number)[]): Fault[] {
  const given = verbs.filter((key) => action[key] !== undefined);
  if (given.length !== 1) {
    return [
      { path, message: `an action is exactly one of ${verbs.join(", ")}; this has ${given.join(", ") || "none"}` },
    ];
  }
  const timed = ["delay_ms", "hold", "garbage"].includes(String(given[0]));
  if (action.at !== undefined && !timed) {
    return [
      {
        path: [...path, "at"],
        message: `goes with delay_ms, hold and garbage; \`${given[0]}\` takes its place as value`,
      },
    ];
  }
  return [];
}
