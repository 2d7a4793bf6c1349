import type { Agent } from "../agent.js";
import type { ToolSettings } from "./options.gen.js";
import type { InferParams, Schema } from "./schema.js";

/** What a function of the program learns besides what it is asked. */
export interface HandlerContext {
  /** Aborted when nobody waits for the answer any more: its time is over, or the run was cancelled. */
  readonly signal: AbortSignal;
  /** The same, asked each time. */
  readonly cancelled: boolean;
  readonly runId: string;
  /** The run's step, from 1; 0 before the first. */
  readonly step: number;
  /** The agent whose run it is; undefined once nobody else keeps it. */
  readonly agent: Agent<any> | undefined;
}

/** What a tool's function learns besides its arguments. */
export interface ToolContext extends HandlerContext {
  readonly toolCallId: string;
  /** The tool's name. */
  readonly name: string;
}

/** Something that the model may call, as a program describes it: for `createTool`, and for `tools` as it is. */
export interface ToolConfig<S extends Schema = any, Value = any> extends ToolSettings {
  /** Name, unique within the agent: at most 128 characters. */
  readonly name: string;
  /** For the model: what the tool does and when to use it. */
  readonly description?: string | undefined;
  /**
   * What the arguments look like: a schema of zod, valibot, arktype or any other library that follows Standard Schema, or a
   * JSON Schema. Absent: any object.
   */
  readonly schema?: S | undefined;
  /** The same as `schema`, which many libraries call so. */
  readonly parameters?: S | undefined;
  /**
   * Does what the tool is for.
   *
   * @param params the arguments, which fit the schema
   * @returns what JSON can hold, or a promise of it; `undefined` is null. What is thrown is the call's result as well: the model
   *   reads its message, and the run goes on
   *
   * Absent for a tool that is `external`: the run ends with its calls, and a later run gets their results as input.
   * `null`: its calls come as events `request`, and whoever reads the stream answers them with `stream.reply`.
   */
  readonly execute?: ((params: InferParams<S>, context: ToolContext) => Value | Promise<Value>) | null | undefined;
  /**
   * Whether somebody is asked before each call (`onApproval`, or whoever reads the stream).
   * @defaultValue false
   */
  readonly needsApproval?:
    | boolean
    | ((params: InferParams<S>, context: ToolContext) => boolean | Promise<boolean>)
    | undefined;
}

/** What `createTool` makes: a tool whose definition has been checked. */
export interface Tool<Params = any, Value = any> extends ToolSettings {
  readonly name: string;
  readonly description: string;
  /** The schema that the tool was given. */
  readonly schema: Schema;
  /** Its function. A program that calls it by itself may leave the context out. */
  readonly execute: (params: Params, context?: ToolContext) => Value | Promise<Value>;
  readonly needsApproval?: boolean | ((params: Params, context: ToolContext) => boolean | Promise<boolean>) | undefined;
}
