-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("busy/closed", case("busy/closed"))
it("busy/error", case("busy/error"))
it("busy/fork", case("busy/fork"))
it("busy/fork_meanwhile", case("busy/fork_meanwhile"))
it("busy/open_stream_outlives_agent", case("busy/open_stream_outlives_agent"))
it("busy/own_agent", case("busy/own_agent"))
it("busy/own_agent_error", case("busy/own_agent_error"))
it("busy/queued_streams", case("busy/queued_streams"))
