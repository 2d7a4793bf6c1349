// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("media/data_url");
conformanceTest("media/in_a_tool_result");
conformanceTest("media/odd_base64");
conformanceTest("media/refused");
conformanceTest("media/type_found_chat");
conformanceTest("media/type_found_gemini");
