import type { ScalarType } from "../header/model.js";
import { ProblemError } from "../problem.js";
import type { Api, StructType } from "./types.js";

/** Where a type lies in memory on a 64-bit platform (LP64): sizes and offsets in bytes. */
export interface Layout {
  readonly size: number;
  readonly alignment: number;
}

/** A struct's layout with that of its fields, in their order. */
export interface StructLayout extends Layout {
  readonly fields: readonly { readonly name: string; readonly offset: number; readonly size: number }[];
}

const POINTER: Layout = { size: 8, alignment: 8 };

const SCALARS: Readonly<Record<ScalarType, number>> = {
  bool: 1,
  int8_t: 1,
  int16_t: 2,
  int32_t: 4,
  int64_t: 8,
  uint8_t: 1,
  uint16_t: 2,
  uint32_t: 4,
  uint64_t: 8,
  size_t: 8,
  float: 4,
  double: 8,
};

/** The layout of a scalar, which is aligned to its size. */
export function scalarLayout(type: ScalarType): Layout {
  return { size: SCALARS[type], alignment: SCALARS[type] };
}

/** The layout that C gives a struct: each field at the next multiple of its alignment, the end padded to the largest. */
export function structLayout(struct: StructType, api: Api): StructLayout {
  let end = 0;
  let alignment = 1;
  const fields = struct.fields.map(({ name, c_type }) => {
    const field = layoutOf(c_type, `${struct.name}.${name}`, api);
    const offset = roundUp(end, field.alignment);
    end = offset + field.size;
    alignment = Math.max(alignment, field.alignment);
    return { name, offset, size: field.size };
  });
  return { size: roundUp(end, alignment), alignment, fields };
}

function layoutOf(cType: string, item: string, api: Api): Layout {
  if (cType.includes("*")) return POINTER;
  const name = cType.replace(/^const /, "");
  if (Object.hasOwn(SCALARS, name)) return scalarLayout(name as ScalarType);
  if (name === "char") return { size: 1, alignment: 1 };
  const type = api.types.find((candidate) => candidate.name === name);
  switch (type?.kind) {
    case "alias":
      return scalarLayout(type.type);
    case "callback":
      return POINTER;
    case "struct":
      return structLayout(type, api);
    default: {
      const message = `\`${cType}\` has no size that is known here; write a pointer to it`;
      throw new ProblemError([{ file: "api.json", line: 1, item, message }]);
    }
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
