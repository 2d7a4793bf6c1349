// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("anthropic/byte_by_byte");
conformanceTest("anthropic/cache_option");
conformanceTest("anthropic/cache_points");
conformanceTest("anthropic/cancel");
conformanceTest("anthropic/citations");
conformanceTest("anthropic/cut_answer");
conformanceTest("anthropic/cut_short");
conformanceTest("anthropic/error_after_200");
conformanceTest("anthropic/max_tokens");
conformanceTest("anthropic/media");
conformanceTest("anthropic/openai_turns");
conformanceTest("anthropic/overloaded");
conformanceTest("anthropic/parallel_tools");
conformanceTest("anthropic/pause_turn");
conformanceTest("anthropic/redacted_thinking");
conformanceTest("anthropic/refusal");
conformanceTest("anthropic/settings");
conformanceTest("anthropic/signed_thinking");
conformanceTest("anthropic/stop_sequence");
conformanceTest("anthropic/text");
conformanceTest("anthropic/thinking_left_out");
conformanceTest("anthropic/too_long");
conformanceTest("anthropic/tools");
conformanceTest("anthropic/turns_to_openai");
conformanceTest("anthropic/unknown_block");
