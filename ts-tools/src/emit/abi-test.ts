import { declared, parameterList } from "../ir/declare.js";
import { scalarLayout, structLayout } from "../ir/layout.js";
import type { Api, StructType } from "../ir/types.js";
import { CFile, llmspell, stddef } from "./c-file.js";
import { type Printable, source } from "./print.js";

const BANNER = `The binary interface as the IR has it: values of constants, sizes, offsets, alignments, the signature of each
function, and that the shared library exports it. What does not fit does not compile, or is a failed test.

Written by \`ts-tools emit\` from llmspell-c-api/abi/api.json; change the C API and run \`make gen\`.`;

const abi = source('"abi.h"');

/** Prints a C program that holds header and library to the IR. */
export function abiTest(api: Api): string {
  const file = new CFile(BANNER);
  const structs = api.types.filter((type) => type.kind === "struct");
  printSection(
    file,
    "constants",
    api.constants.map(({ name, value }) => {
      const check = abi(typeof value === "number" ? "abi_number" : "abi_text");
      return [check, `("${name}", `, llmspell(name), typeof value === "number" ? `, ${value});` : `, "${value}");`];
    }),
  );
  for (const { name } of structs) file.print`struct after_${name} { char before; ${llmspell(name)} it; };`;
  if (structs.length > 0) file.print``;
  printSection(file, "layouts", layouts(api, structs));
  printSection(file, "types", [...structs.flatMap(fieldTypes), ...callbacks(api)]);
  printSection(file, "functions", signatures(api));
  printMain(file, api);
  return file.toString();
}

function printSection(file: CFile, name: string, lines: readonly Printable[]): void {
  file.print`static void ${name}(void)`;
  file.print`{`;
  for (const line of lines) file.print`    ${line}`;
  file.print`}`;
  file.print``;
}

function layouts(api: Api, structs: readonly StructType[]): Printable[] {
  const offsetof = stddef("offsetof");
  const aliases = api.types.flatMap((type): Printable[] => {
    if (type.kind !== "alias") return [];
    const { size, alignment } = scalarLayout(type.type);
    const found = `sizeof(${type.name}), sizeof(${type.name})`;
    return [[abi("abi_type"), `("${type.name}", ${found}, ${size}, ${alignment});`]];
  });
  return [
    ...aliases,
    ...structs.flatMap((struct): Printable[] => {
      const { name } = struct;
      const { size, alignment, fields } = structLayout(struct, api);
      const found = [`sizeof(${name}), `, offsetof, `(struct after_${name}, it)`];
      return [
        [abi("abi_type"), `("${name}", `, found, `, ${size}, ${alignment});`],
        ...fields.map((field): Printable => {
          const place = [offsetof, `(${name}, ${field.name}), sizeof(((${name} *)0)->${field.name})`];
          return [abi("abi_field"), `("${name}.${field.name}", `, place, `, ${field.offset}, ${field.size});`];
        }),
      ];
    }),
  ];
}

/** A pointer to each field, of the field's type. */
function fieldTypes({ name, fields }: StructType): Printable[] {
  return fields.map((field) => {
    return `{ ${name} *it = 0; ${declared(field.c_type, "*field")} = it ? &it->${field.name} : 0; (void)field; }`;
  });
}

function callbacks(api: Api): Printable[] {
  return api.types.flatMap((type): Printable[] => {
    if (type.kind !== "callback") return [];
    const pointer = declared(type.returns.c_type, `(*as)(${parameterList(type.params)})`);
    return [`{ ${type.name} it = 0; ${pointer} = it; (void)as; }`];
  });
}

/** Each function in a pointer of its type. */
function signatures(api: Api): Printable[] {
  return api.functions.flatMap((fn): Printable[] => {
    const pointer = declared(fn.returns.c_type, `(*as)(${parameterList(fn.params)})`);
    return [
      "{",
      ["    ", pointer, " = ", llmspell(fn.name), ";"],
      ["    ", abi("abi_exported"), `("${fn.name}", (`, abi("abi_function"), ")as);"],
      "}",
    ];
  });
}

function printMain(file: CFile, api: Api): void {
  file.print`int main(void)`;
  file.print`{`;
  file.print`    ${abi("abi_open")}();`;
  file.print`    constants();`;
  file.print`    if (${abi("abi_is_lp64")}())`;
  file.print`        layouts();`;
  file.print`    types();`;
  file.print`    functions();`;
  const version = api.constants.find(({ name }) => name === "LLMSPELL_ABI_VERSION");
  const asks = api.functions.find(({ name }) => name === "llmspell_abi_version");
  if (version !== undefined && asks !== undefined) {
    file.print`    {`;
    file.print`        ${declared(asks.returns.c_type, "(*version)(void)")};`;
    file.print`        ${abi("abi_find")}("${asks.name}", &version);`;
    file.print`        ${abi("abi_number")}("${asks.name}() of the shared library", version(), ${String(version.value)});`;
    file.print`    }`;
  }
  file.print`    return ${abi("tap_done")}();`;
  file.print`}`;
}
