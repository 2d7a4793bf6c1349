// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("external/anthropic");
conformanceTest("external/approved_first");
conformanceTest("external/bad_arguments");
conformanceTest("external/beside_a_handoff");
conformanceTest("external/checkpoint");
conformanceTest("external/ends_with_open_calls");
conformanceTest("external/forced_once");
conformanceTest("external/gemini");
conformanceTest("external/goes_on_with_results");
conformanceTest("external/hooks");
conformanceTest("external/in_a_session");
conformanceTest("external/in_another_agent");
conformanceTest("external/inside_an_agent");
conformanceTest("external/ollama");
conformanceTest("external/parts_as_input");
conformanceTest("external/responses");
conformanceTest("external/with_an_output_schema");
conformanceTest("external/words_close_the_turn");
conformanceTest("external/wrong_results");
