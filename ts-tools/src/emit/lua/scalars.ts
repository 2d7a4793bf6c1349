import type { ScalarType } from "../../ir/types.js";
import { lua, stdbool, stddef, stdint, support } from "../c-file.js";
import { code, type Printable } from "../print.js";

/** How a scalar is written in C, read from a Lua argument and pushed as a Lua value. */

/** The C type. */
export function cScalar(type: ScalarType): Printable {
  switch (type) {
    case "bool":
      return stdbool("bool");
    case "size_t":
      return stddef("size_t");
    case "float":
    case "double":
      return type;
    default:
      return stdint(type);
  }
}

const SIGNED_BITS: ReadonlyMap<ScalarType, number> = new Map([
  ["int8_t", 8],
  ["int16_t", 16],
  ["int32_t", 32],
  ["int64_t", 64],
]);

/** An argument as the scalar, with a message when it is none; `where` is what the check functions begin with. */
export function checkScalar(type: ScalarType, where: Printable): Printable {
  if (type === "bool") return code`${support("ls_check_boolean")}(${where})`;
  if (type === "double") return code`${support("ls_check_number")}(${where})`;
  if (type === "float") return code`(float)${support("ls_check_number")}(${where})`;
  const bits = SIGNED_BITS.get(type);
  if (bits !== undefined) {
    const range = code`${stdint(`INT${bits}_MIN`)}, ${stdint(`INT${bits}_MAX`)}`;
    return code`(${cScalar(type)})${support("ls_check_signed")}(${where}, ${range})`;
  }
  const max = type === "size_t" ? stdint("SIZE_MAX") : stdint(`${type.slice(0, -2).toUpperCase()}_MAX`);
  return code`(${cScalar(type)})${support("ls_check_unsigned")}(${where}, ${max})`;
}

/** The call that pushes `value`. */
export function pushScalar(type: ScalarType, value: Printable): Printable {
  if (type === "bool") return code`${lua("lua_pushboolean")}(L, ${value})`;
  if (type === "float" || type === "double") return code`${lua("lua_pushnumber")}(L, ${value})`;
  const push = SIGNED_BITS.has(type) ? "ls_push_signed" : "ls_push_unsigned";
  return code`${support(push)}(L, ${value})`;
}
