import type { Item, Typed } from "./luacats.js";

const WIDTH = 78;
const RULE = "=".repeat(WIDTH);

/**
 * Neovim's help file of the module.
 *
 * @param intro help text that is written by hand and comes first
 * @param items what the types tell
 */
export function helpFile(intro: string, items: readonly Item[]): string {
  const module = items.filter(
    ({ kind, name }) => kind !== "alias" && /^llmspell(\.\w+)*$/.test(name) && !isType(name, kind),
  );
  const methods = items.filter(({ kind, name }) => kind === "function" && name.includes(":"));
  const owners = [...new Set(methods.map(({ name }) => name.split(":")[0] as string))];
  const types = items.filter(({ kind, name }) => isType(name, kind) && !(kind === "class" && name === "llmspell"));
  const parts = [
    intro.trimEnd(),
    section("THE MODULE", "llmspell-module", module.flatMap(entry)),
    ...owners.map((owner) =>
      section(
        `METHODS OF ${owner.replace("llmspell.", "").toUpperCase()}`,
        `llmspell-${short(owner)}`,
        methods.filter(({ name }) => name.startsWith(`${owner}:`)).flatMap(entry),
      ),
    ),
    section("TYPES", "llmspell-types", types.flatMap(typeEntry)),
    "",
  ];
  return `${parts.join("\n\n")}vim:tw=78:ts=8:noet:ft=help:norl:\n`;
}

const isType = (name: string, kind: Item["kind"]): boolean =>
  kind === "alias" || (kind === "class" && name !== "llmspell");

const short = (owner: string): string => owner.replace("llmspell.", "").toLowerCase();

function section(title: string, tag: string, lines: readonly string[]): string {
  return [RULE, beside(title, [`*${tag}*`]), "", ...lines].join("\n").trimEnd();
}

/** A function or a value. */
function entry(item: Item): string[] {
  if (item.kind === "class") return [];
  const { name } = item;
  const [owner, method] = name.split(":");
  const isCall = item.kind === "function" || item.type.startsWith("fun(");
  const call = `(${item.params.map((param) => `{${param.name}}`).join(", ")})`;
  if (method !== undefined && owner !== undefined) {
    const shown = `${short(owner)}:${method}`;
    return described(item, `${shown}${call}`, [`*llmspell-${shown}*`, `*${shown}()*`]);
  }
  const tags = isCall ? [`*${name}()*`] : [`*${name}*`];
  return described(item, isCall ? `${name}${call}` : name, tags);
}

function described(item: Item, head: string, tags: readonly string[]): string[] {
  return [
    beside(head, tags),
    ...wrap(item.text, 4),
    ...list("Parameters: ~", item.params),
    ...list("Returns: ~", item.returns),
    ...(item.type === "" ? [] : ["", ...wrap(`Type: ${words(item.type)}`, 4)]),
    "",
    "",
  ];
}

function typeEntry(item: Item): string[] {
  return [
    beside(item.name, [`*${item.name}*`]),
    ...wrap(item.text, 4),
    ...(item.type === "" ? [] : wrap(words(item.type), 4)),
    ...list("Fields: ~", item.fields),
    "",
  ];
}

function list(title: string, entries: readonly Typed[]): string[] {
  if (entries.length === 0) return [];
  return ["", `    ${title}`, ...entries.flatMap((entry) => wrap(label(entry), 6, 10))];
}

/** A type without bars, which Neovim would take for links and hide. */
function words(type: string): string {
  return type.replaceAll("|", " or ");
}

function label({ name, optional, type, text }: Typed): string {
  const shown = name === "" ? "" : `{${name}}${optional ? "?" : ""} `;
  return `${shown}(${words(type)})${text === "" ? "" : ` ${text}`}`;
}

/** A line with its tags at the right edge, or below each other when they don't fit. */
function beside(head: string, tags: readonly string[]): string {
  const all = tags.join(" ");
  if (head.length + 1 + all.length <= WIDTH) return head + all.padStart(WIDTH - head.length);
  return [...tags.map((tag) => tag.padStart(WIDTH)), ...wrap(head, 0, 4)].join("\n");
}

/** Words in lines; one that is too long for a line is cut. */
function wrap(text: string, indent: number, hanging = indent): string[] {
  if (text === "") return [];
  const lines: string[] = [];
  let line = " ".repeat(indent);
  for (const word of text.split(/\s+/).flatMap((one) => pieces(one, WIDTH - hanging))) {
    const begins = line.trim() === "";
    if (!begins && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = " ".repeat(hanging) + word;
    } else {
      line += begins ? word : ` ${word}`;
    }
  }
  return [...lines, line];
}

function pieces(word: string, room: number): string[] {
  return word.length <= room ? [word] : [word.slice(0, room), ...pieces(word.slice(room), room)];
}
