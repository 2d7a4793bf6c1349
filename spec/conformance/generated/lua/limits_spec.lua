-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("limits/deep_arguments", case("limits/deep_arguments"))
it("limits/deep_message", case("limits/deep_message"))
it("limits/first_event_timeout", case("limits/first_event_timeout"))
it("limits/idle_timeout", case("limits/idle_timeout"))
it("limits/max_steps", case("limits/max_steps"))
it("limits/max_steps_of_a_call", case("limits/max_steps_of_a_call"))
it("limits/timeout_of_a_call", case("limits/timeout_of_a_call"))
it("limits/tool_time_counts", case("limits/tool_time_counts"))
it("limits/whole_run_timeout", case("limits/whole_run_timeout"))
