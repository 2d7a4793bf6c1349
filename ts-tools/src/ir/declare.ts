import type { ApiFunction, ApiType, Constant, Param } from "./types.js";

/** Items of the IR as C declares them. */

const LINE_LENGTH = 100;

/** `const char *` and `text` → `const char *text`; the name of a function pointer stands inside. */
export function declared(cType: string, name: string): string {
  const pointer = /\(\*(const )?\)/;
  if (pointer.test(cType)) return cType.replace(pointer, (_all, constant) => `(*${constant ?? ""}${name})`);
  return `${cType}${cType.endsWith("*") ? "" : " "}${name}`;
}

/** The type of a parameter, without its name. */
export function typeOf({ name, c_declaration }: Param): string {
  return c_declaration.replace(new RegExp(`\\b${name}\\b(?=$|\\)\\()`), "").trim();
}

/** What stands between the parentheses of a function. */
export function parameterList(params: readonly Param[]): string {
  return params.map((param) => param.c_declaration).join(", ") || "void";
}

/** The prototype of a function, wrapped when it is long. */
export function functionDeclaration(fn: ApiFunction): string {
  const start = `${declared(fn.returns.c_type, fn.name)}(`;
  const line = `${start}${parameterList(fn.params)});`;
  if (line.length <= LINE_LENGTH) return line;
  return `${start}${fn.params.map((param) => param.c_declaration).join(`,\n${" ".repeat(start.length)}`)});`;
}

/** The typedef of a type. */
export function typeDeclaration(type: ApiType): string {
  switch (type.kind) {
    case "opaque":
      return `typedef struct ${type.name} ${type.name};`;
    case "alias":
      return `typedef ${type.type} ${type.name};`;
    case "struct": {
      const fields = type.fields.map((field) => `    ${declared(field.c_type, field.name)};`);
      return `typedef struct {\n${fields.join("\n")}\n} ${type.name};`;
    }
    case "callback":
      return `typedef ${declared(type.returns.c_type, `(*${type.name})(${parameterList(type.params)})`)};`;
  }
}

/** The value of a constant. */
export function constantText({ value }: Constant): string {
  return typeof value === "number" ? String(value) : `"${value}"`;
}
