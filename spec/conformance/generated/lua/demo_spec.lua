-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("demo/calculates", case("demo/calculates"))
it("demo/cut_at_max_tokens", case("demo/cut_at_max_tokens"))
it("demo/fills_arguments", case("demo/fills_arguments"))
it("demo/no_tool_unasked", case("demo/no_tool_unasked"))
it("demo/reasons", case("demo/reasons"))
