-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("record/append", case("record/append"))
it("record/broken_off", case("record/broken_off"))
it("record/new", case("record/new"))
it("record/once", case("record/once"))
it("record/over_http", case("record/over_http"))
it("record/patterns", case("record/patterns"))
it("record/provider_error", case("record/provider_error"))
it("record/stream", case("record/stream"))
it("record/then_replay", case("record/then_replay"))
it("record/tool_round", case("record/tool_round"))
