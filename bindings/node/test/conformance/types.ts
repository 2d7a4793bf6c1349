/** A case as the adapters read it (spec/README.md). */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** One of spec/README.md, "Handlers": an object with one member. */
export type Act = JsonObject;

/** What is answered to what an agent asks besides tools. */
export interface Ask {
  readonly key: string;
  readonly handler: readonly Act[];
}

export interface CaseTool {
  readonly name: string;
  /** None for a tool that is `external`. */
  readonly handler: readonly Act[];
  readonly [member: string]: unknown;
}

export interface Limit {
  readonly type: string;
  readonly count?: number;
}
export type Until = "start" | Limit | undefined;

export interface Step {
  readonly op: string;
  readonly args: JsonObject;
  readonly as: string;
}

export interface Case {
  readonly id: string;
  readonly given: {
    readonly agent: JsonObject;
    readonly tools: readonly CaseTool[];
    readonly asks?: readonly Ask[];
    readonly scenario?: Json;
    readonly carried?: string;
  };
  readonly steps: readonly Step[];
  readonly expect: JsonObject;
  readonly also_allowed: readonly { readonly expect: JsonObject }[];
}

/** What a case came to. */
export interface CaseRecord {
  readonly steps: JsonObject;
  readonly events: { [stream: string]: Json[] };
  readonly calls: Json[];
  seen?: Json;
}
