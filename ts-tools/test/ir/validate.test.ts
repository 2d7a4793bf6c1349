import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SCALAR_TYPES } from "../../src/header/model.js";
import { printApi, validateApi } from "../../src/ir/validate.js";
import { apiOf } from "../support/header.js";

describe("api.json and its schema", () => {
  it("know the same scalars", () => {
    const schema = readFileSync(new URL("../../schema/api.schema.json", import.meta.url), "utf8");
    expect((JSON.parse(schema) as { $defs: { scalar: { enum: string[] } } }).$defs.scalar.enum).toEqual(SCALAR_TYPES);
  });

  it("accepts what a header gives, and gives the same text again", async () => {
    const api = await apiOf("/** F. */\nint32_t llmspell_f(double d);");
    const text = printApi(api);
    expect(printApi(validateApi(JSON.parse(text), "api.json"))).toBe(text);
    expect(text.endsWith("}\n")).toBe(true);
  });

  it.each([
    ["another version", { ir_version: 2 }, /^api.json:1: \/ir_version: must be equal to constant; write/m],
    ["a missing part", { functions: undefined }, /^api.json:1: \/: must have required property 'functions'/m],
    ["an unknown part", { extra: 1 }, /^api.json:1: \/: must NOT have additional properties/m],
    [
      "an undocumented constant",
      { constants: [{ name: "LLMSPELL_A", layer: "full", doc: "", value: 1 }] },
      /^api.json:1: \/constants\/0\/doc: /m,
    ],
    [
      "a name that is none",
      { constants: [{ name: "a b", layer: "full", doc: "A.", value: 1 }] },
      /^api.json:1: \/constants\/0\/name: /m,
    ],
  ])("refuses %s", async (_what, change, expected) => {
    const api = { ...(await apiOf("")), ...change };
    expect(() => validateApi(JSON.parse(JSON.stringify(api)), "api.json")).toThrow(expected);
  });
});
