-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("fallback/after_auth", case("fallback/after_auth"))
it("fallback/after_retries", case("fallback/after_retries"))
it("fallback/all_fail", case("fallback/all_fail"))
it("fallback/no_wait_beyond_the_cap", case("fallback/no_wait_beyond_the_cap"))
it("fallback/not_for_arguments", case("fallback/not_for_arguments"))
it("fallback/order_and_reasons", case("fallback/order_and_reasons"))
it("fallback/stays", case("fallback/stays"))
it("fallback/without_a_key", case("fallback/without_a_key"))
