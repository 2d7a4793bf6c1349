-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("chat/demo", case("chat/demo"))
it("chat/finish_length", case("chat/finish_length"))
it("chat/keeps_the_conversation", case("chat/keeps_the_conversation"))
it("chat/message_forms", case("chat/message_forms"))
it("chat/plain", case("chat/plain"))
it("chat/whole_result", case("chat/whole_result"))
