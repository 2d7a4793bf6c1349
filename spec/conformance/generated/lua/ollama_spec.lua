-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("ollama/calls", case("ollama/calls"))
it("ollama/cancel", case("ollama/cancel"))
it("ollama/cut_off", case("ollama/cut_off"))
it("ollama/error_in_the_stream", case("ollama/error_in_the_stream"))
it("ollama/length", case("ollama/length"))
it("ollama/missing_model", case("ollama/missing_model"))
it("ollama/pictures", case("ollama/pictures"))
it("ollama/plain", case("ollama/plain"))
it("ollama/settings", case("ollama/settings"))
it("ollama/text", case("ollama/text"))
