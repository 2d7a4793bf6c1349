// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("gemini/blocked_prompt");
conformanceTest("gemini/cancel");
conformanceTest("gemini/cut_off");
conformanceTest("gemini/error_in_the_stream");
conformanceTest("gemini/failed_tool");
conformanceTest("gemini/foreign_history");
conformanceTest("gemini/malformed_call");
conformanceTest("gemini/malformed_call_for_good");
conformanceTest("gemini/max_tokens");
conformanceTest("gemini/parallel_calls");
conformanceTest("gemini/pictures");
conformanceTest("gemini/plain");
conformanceTest("gemini/retry_info");
conformanceTest("gemini/safety");
conformanceTest("gemini/schemas");
conformanceTest("gemini/settings");
conformanceTest("gemini/signatures");
conformanceTest("gemini/split_at_every_byte");
conformanceTest("gemini/stop_in_the_middle");
conformanceTest("gemini/text");
conformanceTest("gemini/tool_choice");
conformanceTest("gemini/wrong_key");
