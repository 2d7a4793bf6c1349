-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("demo/breaks_off", case("demo/breaks_off"))
it("demo/calculates", case("demo/calculates"))
it("demo/cut_at_max_tokens", case("demo/cut_at_max_tokens"))
it("demo/error_in_the_stream", case("demo/error_in_the_stream"))
it("demo/fails_twice", case("demo/fails_twice"))
it("demo/fills_a_schema", case("demo/fills_a_schema"))
it("demo/fills_arguments", case("demo/fills_arguments"))
it("demo/no_tool_unasked", case("demo/no_tool_unasked"))
it("demo/reasons", case("demo/reasons"))
