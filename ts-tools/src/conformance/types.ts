import type { Json, Scenario } from "../mock/index.js";

export type JsonObject = { [key: string]: Json };

/** A tool with what it does, as `spec/schema/case.schema.json` has it. */
export interface CaseTool {
  readonly name: string;
  readonly description?: string;
  readonly schema?: Json;
  readonly timeout_ms?: number;
  readonly parallel?: boolean;
  readonly max_calls?: number;
  readonly max_result_bytes?: number;
  readonly needs_approval?: boolean;
  readonly external?: boolean;
  readonly handler?: Json;
}

/** What an agent asks its host besides tools, with what the host answers: part of `given`, and of what `create` takes. */
export interface CaseAsks {
  readonly approval?: Json;
  readonly hooks?: { readonly [point: string]: Json };
  readonly transport?: Json;
  readonly guardrails?: readonly { readonly name: string; readonly on: string; readonly handler: Json }[];
}

/** One thing that a case does. */
export interface Step {
  readonly op: string;
  readonly args?: JsonObject;
  readonly as?: string;
}

/** A partial match of a record. */
export interface Expect {
  readonly steps?: JsonObject;
  readonly events?: JsonObject;
  readonly calls?: Json;
  readonly seen?: Json;
}

/** A case as its author wrote it, or with all that follows by itself (`settle`). */
export interface Case {
  readonly name: string;
  readonly requires?: readonly string[];
  readonly given?: CaseAsks & {
    readonly agent?: JsonObject;
    readonly scenario?: Scenario;
    readonly tools?: readonly CaseTool[];
    readonly carried?: string;
  };
  readonly steps: readonly Step[];
  readonly expect: Expect;
  readonly also_allowed?: readonly { readonly expect: Expect; readonly reason: string }[];
  readonly expected_failure?: { readonly hosts: readonly string[]; readonly reason: string };
}

/** A case with its id. */
export interface NamedCase {
  /** Path of its file below the folder of cases, without the ending. */
  readonly id: string;
  /** Its file, as problems name it. */
  readonly file: string;
  readonly case: Case;
}
