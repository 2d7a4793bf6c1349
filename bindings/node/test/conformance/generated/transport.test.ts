// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("transport/cancel_after_the_head");
conformanceTest("transport/cancel_before_the_head");
conformanceTest("transport/ends_early");
conformanceTest("transport/every_byte");
conformanceTest("transport/fails");
conformanceTest("transport/fails_for_good");
conformanceTest("transport/fails_in_mid_stream");
conformanceTest("transport/fallback");
conformanceTest("transport/format_gemini");
conformanceTest("transport/format_ollama");
conformanceTest("transport/format_responses");
conformanceTest("transport/hooks_and_approval");
conformanceTest("transport/no_body");
conformanceTest("transport/not_json");
conformanceTest("transport/pieces");
conformanceTest("transport/restored");
conformanceTest("transport/retry_after");
conformanceTest("transport/retry_after_in_error");
conformanceTest("transport/stalls");
conformanceTest("transport/streamed_at_once");
conformanceTest("transport/tool_round");
conformanceTest("transport/total_limit");
conformanceTest("transport/two_conversations");
conformanceTest("transport/whole");
conformanceTest("transport/wrong_key");
