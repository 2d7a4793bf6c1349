// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("provider/annotations");
conformanceTest("provider/azure_key_and_address");
conformanceTest("provider/citations");
conformanceTest("provider/deepseek_reasoning_echoed");
conformanceTest("provider/files_by_dialect");
conformanceTest("provider/left_out_with_a_warning");
conformanceTest("provider/log_probabilities");
conformanceTest("provider/mistral_dialect");
conformanceTest("provider/openrouter_reasoning_echoed");
conformanceTest("provider/overloaded_in_the_end");
conformanceTest("provider/provider_and_model");
conformanceTest("provider/server_object_error");
conformanceTest("provider/unknown_end");
conformanceTest("provider/unknown_end_with_calls");
conformanceTest("provider/where_the_key_came_from");
