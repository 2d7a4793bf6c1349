-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("carry/at_the_approval", case("carry/at_the_approval"))
it("carry/at_the_approval_goes_on", case("carry/at_the_approval_goes_on"))
it("carry/at_the_tool", case("carry/at_the_tool"))
it("carry/at_the_tool_goes_on", case("carry/at_the_tool_goes_on"))
it("carry/damaged", case("carry/damaged"))
it("carry/in_mid_stream", case("carry/in_mid_stream"))
it("carry/in_mid_stream_goes_on", case("carry/in_mid_stream_goes_on"))
it("carry/other_tools", case("carry/other_tools"))
it("carry/second_turn", case("carry/second_turn"))
it("carry/second_turn_goes_on", case("carry/second_turn_goes_on"))
