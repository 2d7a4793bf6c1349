-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("options/defaults", case("options/defaults"))
it("options/for_one_call", case("options/for_one_call"))
it("options/headers", case("options/headers"))
it("options/no_stream", case("options/no_stream"))
it("options/provider_options", case("options/provider_options"))
it("options/sampling", case("options/sampling"))
it("options/system_prompt", case("options/system_prompt"))
it("options/tool_choice_named", case("options/tool_choice_named"))
it("options/tool_choice_none", case("options/tool_choice_none"))
it("options/tool_choice_required", case("options/tool_choice_required"))
