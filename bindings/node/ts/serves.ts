import type { AgentCore } from "./agent-core.js";
import { LlmspellTypeError } from "./error.js";
import { functionOf } from "./options.js";
import type { Transport } from "./types/config.js";
import type { AgentEvent } from "./types/event.gen.js";
import type { GuardrailCheck, OnApproval } from "./types/hook.js";
import type { ToolConfig } from "./types/tool.js";
import { isRecord, kindOf, unknown } from "./words.js";

/** Points of a run that a hook looks at: as the program writes them, and as the contract does. */
const POINTS = {
  compact: "compact",
  beforeModel: "before_model",
  afterModel: "after_model",
  beforeTool: "before_tool",
  afterTool: "after_tool",
} as const;

// biome-ignore lint/suspicious/noExplicitAny: its payload is whatever its point has
type HookFunction = (payload: any, context: any) => unknown;

/** The functions of a program that an agent asks: all by the names that requests have. */
export class Serves {
  readonly tools = new Map<string, ToolConfig>();
  /** Agents behind tools. */
  readonly agents = new Map<string, AgentCore>();
  readonly hooks = new Map<string, HookFunction>();
  readonly input = new Map<string, GuardrailCheck>();
  readonly output = new Map<string, GuardrailCheck>();
  onApproval: OnApproval | undefined;
  onEvent: ((event: AgentEvent) => void) | undefined;
  transport: Transport | undefined;
  /** Turns of a scripted model that are functions, by number. */
  turns: ReadonlyMap<number, (request: unknown, turn: number) => unknown> = new Map();

  /** Whether there is nothing that a run could ask. */
  get isEmpty(): boolean {
    return (
      this.tools.size + this.agents.size + this.hooks.size + this.input.size + this.output.size + this.turns.size ===
        0 &&
      this.onApproval === undefined &&
      this.transport === undefined
    );
  }

  /** A copy that can get tools of its own. */
  copy(): Serves {
    const copy = new Serves();
    for (const name of ["tools", "agents", "hooks", "input", "output"] as const)
      for (const [key, value] of this[name]) (copy[name] as Map<string, unknown>).set(key, value);
    copy.onApproval = this.onApproval;
    copy.onEvent = this.onEvent;
    copy.transport = this.transport;
    copy.turns = this.turns;
    return copy;
  }

  /**
   * Takes the options that are functions out of an agent's options and puts what the core knows of them in their place.
   *
   * @throws LlmspellTypeError for one that is no function
   */
  read(options: Record<string, unknown>, where: string): void {
    this.onApproval = functionOf(options["onApproval"], `${where}: onApproval`, "a function (call) => true or false") as
      | OnApproval
      | undefined;
    delete options["onApproval"];
    if (options["transport"] !== undefined && options["transport"] !== "network") {
      this.transport = functionOf(options["transport"], `${where}: transport`, "a function like fetch") as Transport;
      options["transport"] = "host";
    }
    if (options["hooks"] !== undefined) options["hooks"] = this.#readHooks(options["hooks"], `${where}: hooks`);
    if (options["guardrails"] !== undefined)
      throw new LlmspellTypeError(`${where}: guardrails are inputGuardrails and outputGuardrails, lists of functions`);
    const names = (["input", "output"] as const).flatMap((on) => {
      const given = options[`${on}Guardrails`];
      delete options[`${on}Guardrails`];
      return given === undefined ? [] : this.#readGuardrails(given, on, `${where}: ${on}Guardrails`);
    });
    if (names.length > 0) options["guardrails"] = names;
  }

  #readHooks(given: unknown, where: string): string[] {
    if (!isRecord(given))
      throw new LlmspellTypeError(`${where} must be an object like { beforeTool: (call) => … }, got ${kindOf(given)}`);
    for (const [name, hook] of Object.entries(given)) {
      if (!Object.hasOwn(POINTS, name) && name !== "onEvent")
        throw new LlmspellTypeError(`${where}: ${unknown(name, [...Object.keys(POINTS), "onEvent"])}`);
      const serves = functionOf(hook, `${where}.${name}`, "a function") as HookFunction | undefined;
      if (serves === undefined) continue;
      if (name === "onEvent") this.onEvent = serves as (event: AgentEvent) => void;
      else this.hooks.set(POINTS[name as keyof typeof POINTS], serves);
    }
    return [...this.hooks.keys()];
  }

  #readGuardrails(given: unknown, on: "input" | "output", where: string): { name: string; on: string }[] {
    if (!Array.isArray(given))
      throw new LlmspellTypeError(`${where} must be a list of functions, or of { name, check }, got ${kindOf(given)}`);
    return given.map((one: unknown, index) => {
      let name = `${on}_${index + 1}`;
      let check = one;
      let place = `${where}[${index}]`;
      if (isRecord(one)) {
        for (const key of Object.keys(one))
          if (key !== "name" && key !== "check")
            throw new LlmspellTypeError(`${place}: ${unknown(key, ["name", "check"])}`);
        const own = one["name"] ?? name;
        if (typeof own !== "string") throw new LlmspellTypeError(`${place}.name must be a string, got ${kindOf(own)}`);
        name = own;
        check = one["check"];
        place += ".check";
      }
      if (typeof check !== "function")
        throw new LlmspellTypeError(`${place} must be a function that gets { text, name, step }, got ${kindOf(check)}`);
      if (this[on].has(name)) throw new LlmspellTypeError(`${where}: the name '${name}' is there twice`);
      this[on].set(name, check as GuardrailCheck);
      return { name, on };
    });
  }
}
