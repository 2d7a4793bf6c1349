import { pascalCase } from "../../errors/rust.js";
import { optionNames, type Schema, type Schemas } from "../../node/schemas.js";
import { docs } from "./names.js";
import { TypeWriter } from "./type-writer.js";

/** A module of generated types. */
export interface TypeFile {
  /** Its name below bindings/node/ts/types, without `.gen.ts`. */
  readonly name: string;
  readonly text: string;
}

/** Types that are written by hand or by another generator, and where. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ErrorCode: "kinds.gen",
  ErrorKind: "kinds.gen",
  JsonSchema: "json-schema",
};

/** What the agent's config says in a way of its own (ts/types/config.ts). */
const BY_HAND = ["tools", "hooks", "guardrails", "script", "transport", "output_schema", "provider", "model"];

/** Every generated module of types. */
export function nodeTypes(schemas: Schemas): TypeFile[] {
  const modules = new Map([
    ["message", messages(schemas)],
    ["result", results(schemas)],
    ["event", events(schemas)],
    ["options", options(schemas)],
  ]);
  const homes = new Map(Object.entries(ELSEWHERE));
  for (const [module, declarations] of modules)
    for (const name of declarations.keys()) homes.set(name, `${module}.gen`);
  return [...modules].map(([name, declarations]) => ({ name, text: moduleText(name, declarations, homes) }));
}

function messages({ message }: Schemas): ReadonlyMap<string, string> {
  const writer = new TypeWriter({ of: "data", mentioned: new Set(["get_state"]) });
  writer.interface("Message", message, "message");
  return writer.declarations;
}

function results({ usage, result, state, error }: Schemas): ReadonlyMap<string, string> {
  const writer = new TypeWriter({ of: "data", mentioned: new Set(["get_state"]) });
  writer.interface("Usage", usage, "usage");
  writer.interface("Result<Output = unknown>", result, "result");
  writer.interface("State", state, "state");
  writer.interface("ErrorData", error, "error");
  return writer.declarations;
}

/** Members that every event has. */
const COMMON = ["run_id", "seq", "step", "agent", "nested"];

function events({ event }: Schemas): ReadonlyMap<string, string> {
  const writer = new TypeWriter({ of: "data", mentioned: new Set(["get_state"]) });
  const forms = event.oneOf ?? [];
  const title = (form: Schema): string => form.title as string;
  const first = forms[0] as Schema;
  const described: Readonly<Record<string, string>> = {
    run_id: "The run.",
    seq: "Number of the event within its run.",
    step: "Step that it belongs to, from 1; 0 before the first.",
  };
  const documented = Object.fromEntries(
    COMMON.map((name) => [name, { ...(first.properties?.[name] as Schema), ...text(described[name]) }]),
  );
  const base = { description: "What every event has.", properties: documented, required: ["run_id", "seq", "step"] };
  writer.interface("EventBase", base, "event");

  const union: string[] = [];
  for (const form of forms) {
    const name = `${pascalCase(title(form))}Event`;
    const own = { properties: without(form.properties ?? {}, COMMON), ...required(form) };
    if (title(form) === "request") {
      union.push(...requests(writer, form));
    } else if (title(form) === "error") {
      // That of a run that could not begin has no number.
      const all = {
        properties: { type: { const: "error" }, ...documented, ...own.properties },
        required: own.required,
      };
      writer.interface(name, { ...all, required: [...(own.required ?? []), "seq", "step"] }, title(form));
      union.push(name);
    } else {
      const generic = title(form) === "done";
      writer.interface(generic ? `${name}<Output = unknown>` : name, own, title(form), "EventBase");
      union.push(generic ? `${name}<Output>` : name);
    }
  }
  const summary = `/** ${event.description}\n *\n * Told apart by \`type\`: \`if (event.type === "text_delta") process.stdout.write(event.text)\`.\n */\n`;
  writer.declarations.set(
    "AgentEvent",
    `${summary.replace("/** ", "/**\n * ")}export type AgentEvent<Output = unknown> =\n${union.map((name) => `  | ${name}`).join("\n")};\n`,
  );
  writer.declarations.set(
    "AgentEventType",
    `/** What an event can be: its \`type\`. */\nexport type AgentEventType = AgentEvent["type"];\n`,
  );
  return writer.declarations;
}

/** The forms of the event `request`: by its kind it has another payload. */
function requests(writer: TypeWriter, form: Schema): string[] {
  return (form.allOf ?? []).map(({ if: when, then }) => {
    const kind = member(when, "kind");
    const payload = member(then, "payload");
    const kinds = (kind.enum ?? [kind.const]) as string[];
    const place = `payload.${kinds[0]}`;
    const points = payload.oneOf?.map((point) => writer.type(point, `payload.${member(point, "point").const}`));
    const name = `${pascalCase(kinds[0] as string)}RequestEvent`;
    const type = points?.join(" | ") ?? writer.type(payload, place);
    const members = [
      '  type: "request";\n',
      "  id: string;\n",
      `  kind: ${kinds.map((one) => JSON.stringify(one)).join(" | ")};\n`,
      `  payload: ${type};\n`,
    ];
    writer.declarations.set(
      name,
      `/** ${docs[name] ?? ""} */\nexport interface ${name} extends EventBase {\n${members.join("")}}\n`,
    );
    return name;
  });
}

function options(schemas: Schemas): ReadonlyMap<string, string> {
  const { agent_options: agent, run_input: run, tool, agent_tool: agentTool } = schemas;
  const mentioned = new Set([agent, run, tool, agentTool].flatMap(optionNames).concat("get_state"));
  const writer = new TypeWriter({ of: "options", mentioned });
  const inBoth = Object.keys(run.properties ?? {}).filter((name) => same(run, agent, name) && !BY_HAND.includes(name));
  const call: Schema = { description: "What a call may set in place of its agent.", properties: pick(run, inBoth) };
  writer.interface("CallSettings", call, "settings");
  const settings: Schema = {
    description: "What an agent is made from, as far as it is plain data.",
    properties: without(agent.properties ?? {}, [...inBoth, ...BY_HAND]),
  };
  writer.interface("AgentSettings", settings, "settings", "CallSettings");
  const ownOfRun = without(run.properties ?? {}, [...inBoth, ...BY_HAND, "input"]);
  writer.interface(
    "RunSettings",
    { description: "What one run may be told.", properties: ownOfRun },
    "settings",
    "CallSettings",
  );
  // A tool's name, description and schema are its own matter: they are typed with its handler.
  const ownOfTool = without(tool.properties ?? {}, ["name", "description", "schema", "needs_approval"]);
  writer.interface("ToolSettings", { description: "Limits of a tool.", properties: ownOfTool }, "tool");
  writer.interface(
    "AgentToolSettings",
    { ...agentTool, properties: without(agentTool.properties ?? {}, ["handoff"]) },
    "agent_tool",
  );
  const [, answer] = member(agent, "script").items?.anyOf ?? [];
  // `ask` is how a turn that is a function is asked for: ts/testing.ts writes it.
  const turn = { ...answer, properties: without(answer?.properties ?? {}, ["ask"]) };
  writer.type(turn, "settings.script[]|1");
  return writer.declarations;
}

/** A member that the emitter cannot do without. */
function member({ properties }: Schema, name: string): Schema {
  const found = properties?.[name];
  if (typeof found === "object") return found;
  throw new Error(`the schema has no member ${name} any more`);
}

function same(one: Schema, other: Schema, name: string): boolean {
  return JSON.stringify(one.properties?.[name]) === JSON.stringify(other.properties?.[name]);
}

function pick({ properties }: Schema, wanted: readonly string[]): Record<string, Schema | true> {
  return Object.fromEntries(Object.entries(properties ?? {}).filter(([name]) => wanted.includes(name)));
}

function without<T>(members: Readonly<Record<string, T>>, unwanted: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !unwanted.includes(name)));
}

function text(description: string | undefined): Partial<Schema> {
  return description === undefined ? {} : { description };
}

function required({ required: names }: Schema): { required?: readonly string[] } {
  return names === undefined ? {} : { required: names.filter((name) => !COMMON.includes(name)) };
}

function moduleText(
  name: string,
  declarations: ReadonlyMap<string, string>,
  homes: ReadonlyMap<string, string>,
): string {
  const body = [...declarations.values()].join("\n");
  const code = body.replace(/\/\*\*[\s\S]*?\*\//g, "").replace(/"[^"]*"/g, "");
  const imports = new Map<string, string[]>();
  for (const [type, home] of homes)
    if (home !== `${name}.gen` && new RegExp(`\\b${type}\\b`).test(code))
      imports.set(home, [...(imports.get(home) ?? []), type].sort());
  const lines = [...imports]
    .sort()
    .map(([home, types]) => `import type { ${types.join(", ")} } from "./${home}.js";\n`);
  const gap = lines.length === 0 ? "" : "\n";
  return `// Written by \`ts-tools node-types\` from spec/schema; edit those files and run \`make gen\`.\n\n${lines.join("")}${gap}${body}`;
}
