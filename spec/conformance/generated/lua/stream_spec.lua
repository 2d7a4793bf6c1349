-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("stream/chosen_events", case("stream/chosen_events"))
it("stream/plain_answer", case("stream/plain_answer"))
it("stream/read_in_parts", case("stream/read_in_parts"))
it("stream/reasoning", case("stream/reasoning"))
it("stream/text", case("stream/text"))
it("stream/tool_round", case("stream/tool_round"))
