// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("demo/breaks_off");
conformanceTest("demo/calculates");
conformanceTest("demo/cut_at_max_tokens");
conformanceTest("demo/error_in_the_stream");
conformanceTest("demo/fails_twice");
conformanceTest("demo/fills_a_schema");
conformanceTest("demo/fills_arguments");
conformanceTest("demo/no_tool_unasked");
conformanceTest("demo/reasons");
