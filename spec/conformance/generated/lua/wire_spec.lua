-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("wire/comments_and_crlf", case("wire/comments_and_crlf"))
it("wire/gzip", case("wire/gzip"))
it("wire/keep_alive", case("wire/keep_alive"))
it("wire/plain_json", case("wire/plain_json"))
it("wire/plain_json_tool_call", case("wire/plain_json_tool_call"))
it("wire/refusal", case("wire/refusal"))
it("wire/tool_call_in_pieces", case("wire/tool_call_in_pieces"))
it("wire/unknown_fields", case("wire/unknown_fields"))
it("wire/usage_last", case("wire/usage_last"))
it("wire/without_done", case("wire/without_done"))
