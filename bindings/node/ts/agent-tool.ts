import type { AgentCore } from "./agent-core.js";
import { LlmspellTypeError } from "./error.js";
import { translate } from "./options.js";
import { toJsonSchema } from "./schema.js";
import type { AgentTool } from "./types/config.js";
import { AGENT_TOOL_OPTIONS } from "./types/option-tables.gen.js";
import type { Schema } from "./types/schema.js";
import { brand, kindOf } from "./words.js";

const TYPES = { name: "string", description: "string", timeoutMs: "number", forwardEvents: "boolean" };

/** An agent behind a tool of others: what `agent.asTool` and `agent.asHandoff` return. */
export class AgentToolOf implements AgentTool {
  readonly name: string | undefined;
  readonly core: AgentCore;
  readonly declaration: Record<string, unknown>;

  constructor(core: AgentCore, given: Record<string, unknown>, handoff: boolean, where: string) {
    const { handoff: _, ...table } = AGENT_TOOL_OPTIONS;
    const declaration = translate(given, table, where);
    for (const [name, type] of Object.entries(TYPES))
      if (given[name] !== undefined && typeof given[name] !== type)
        throw new LlmspellTypeError(`${where}: ${name} must be a ${type}, got ${kindOf(given[name])}`);
    if (declaration["schema"] !== undefined)
      declaration["schema"] = toJsonSchema(declaration["schema"] as Schema, `${where}: schema`);
    if (handoff) declaration["handoff"] = true;
    this.core = core;
    this.declaration = declaration;
    this.name = declaration["name"] as string | undefined;
    // An agent keeps what stands behind its tools; nobody else needs to see it.
    for (const hidden of ["core", "declaration"]) Object.defineProperty(this, hidden, { enumerable: false });
  }
}
brand(AgentToolOf, "an agent's tool");
