-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("media/data_url", case("media/data_url"))
it("media/in_a_tool_result", case("media/in_a_tool_result"))
it("media/odd_base64", case("media/odd_base64"))
it("media/refused", case("media/refused"))
it("media/type_found_chat", case("media/type_found_chat"))
it("media/type_found_gemini", case("media/type_found_gemini"))
