// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("options/defaults");
conformanceTest("options/for_one_call");
conformanceTest("options/headers");
conformanceTest("options/no_stream");
conformanceTest("options/provider_options");
conformanceTest("options/sampling");
conformanceTest("options/system_prompt");
conformanceTest("options/tool_choice_named");
conformanceTest("options/tool_choice_none");
conformanceTest("options/tool_choice_required");
