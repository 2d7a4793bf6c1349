// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("history/after_a_cancel_with_a_tool");
conformanceTest("history/after_an_error");
conformanceTest("history/after_an_error_in_step_two");
conformanceTest("history/after_max_steps");
conformanceTest("history/reset");
