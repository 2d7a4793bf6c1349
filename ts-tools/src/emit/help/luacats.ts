import { ProblemError } from "../../problem.js";

/** A name with a type: a field, a parameter or a result. */
export interface Typed {
  /** Empty for a result without one. */
  readonly name: string;
  readonly optional: boolean;
  readonly type: string;
  readonly text: string;
}

/** A function, a class, an alias or a value of a LuaCATS file. */
export interface Item {
  readonly kind: "function" | "class" | "alias" | "value";
  /** As it stands in the file, like `llmspell.agent`, or with the class in place of its local, like `llmspell.Agent:chat`. */
  readonly name: string;
  readonly text: string;
  /** Type of an alias or a value. */
  readonly type: string;
  readonly fields: readonly Typed[];
  readonly params: readonly Typed[];
  readonly returns: readonly Typed[];
}

interface Draft {
  text: string[];
  kind: "class" | "alias" | undefined;
  name: string;
  type: string;
  fields: Typed[];
  params: Typed[];
  returns: Typed[];
}

const draft = (): Draft => ({ text: [], kind: undefined, name: "", type: "", fields: [], params: [], returns: [] });

/** Tags that say nothing to a reader. */
const PASSED_OVER = new Set(["meta", "generic"]);

/**
 * Reads the types of a LuaCATS file.
 *
 * @param file its name, for messages
 * @throws ProblemError when a tag is not known or has no type
 */
export function readLuaCats(file: string, text: string): Item[] {
  const items: Item[] = [];
  const classes = new Map<string, string>();
  let now = draft();
  const add = (kind: Item["kind"], name: string): void => {
    const { text: lines, type, fields, params, returns } = now;
    items.push({ kind, name, text: lines.join("\n"), type, fields, params, returns });
    now = draft();
  };
  for (const [index, line] of `${text}\n`.split("\n").entries()) {
    const fail = (item: string, message: string): never => {
      throw new ProblemError([{ file, line: index + 1, item, message }]);
    };
    const comment = /^---(?!-)(.*)$/.exec(line)?.[1];
    if (comment !== undefined) {
      read(now, comment, fail);
      continue;
    }
    const [, func] = /^function ([\w.:]+)\(.*\) end$/.exec(line) ?? [];
    const [, local] = /^local (\w+) = \{\}$/.exec(line) ?? [];
    const [, value] = /^([\w.]+) = /.exec(line) ?? [];
    if (func !== undefined) {
      add(
        "function",
        func.replace(/^\w+/, (name) => classes.get(name) ?? name),
      );
    } else if (local !== undefined && now.kind === "class") {
      classes.set(local, now.name);
      add("class", now.name);
    } else if (value !== undefined) {
      add("value", value);
    } else if (now.kind !== undefined) {
      add(now.kind, now.name);
    } else if (line === "") {
      now = draft();
    }
  }
  return items;
}

function read(into: Draft, comment: string, fail: (item: string, message: string) => never): void {
  const more = /^\|\s*(.*)$/.exec(comment)?.[1];
  if (more !== undefined) {
    into.type = into.type === "" ? more : `${into.type} | ${more}`;
    return;
  }
  const [, tag, rest = ""] = /^@(\w+)\s*(.*)$/.exec(comment) ?? [];
  if (tag === undefined) {
    into.text.push(comment.trim());
  } else if (tag === "class") {
    [into.kind, into.name] = ["class", /^[\w.]+/.exec(rest)?.[0] ?? fail(tag, "no name; write ---@class name")];
  } else if (tag === "alias") {
    const [, name, type = ""] = /^([\w.]+)\s*(.*)$/.exec(rest) ?? [];
    [into.kind, into.name, into.type] = ["alias", name ?? fail(tag, "no name; write ---@alias name type"), type];
  } else if (tag === "field" || tag === "param") {
    const [, name, mark, typed] = /^([\w.]+)(\??)\s+(.+)$/.exec(rest) ?? [];
    const { type, text } = splitType(typed ?? fail(tag, `write ---@${tag} name type text`));
    (tag === "field" ? into.fields : into.params).push({ name: name ?? "", optional: mark === "?", type, text });
  } else if (tag === "return") {
    const { type, text: named } = splitType(rest);
    const [, name = "", text = ""] = /^(\w+)?\s*(.*)$/.exec(named) ?? [];
    into.returns.push({ name, optional: false, type, text });
  } else if (tag === "type" || tag === "overload") {
    into.type = rest;
  } else if (!PASSED_OVER.has(tag)) {
    fail(tag, "no such tag here; teach ts-tools/src/emit/help/luacats.ts about it");
  }
}

/** A type ends at the first blank outside of brackets, unless what is before it asks for more. */
function splitType(text: string): { type: string; text: string } {
  let depth = 0;
  for (const [at, sign] of [...text].entries()) {
    if ("({[<".includes(sign)) depth++;
    if (")}]>".includes(sign)) depth--;
    const before = text[at - 1] ?? "";
    if (sign === " " && depth === 0 && !":,".includes(before))
      return { type: text.slice(0, at), text: text.slice(at + 1).trim() };
  }
  return { type: text, text: "" };
}
