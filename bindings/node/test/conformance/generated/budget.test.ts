// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("budget/after_a_summary");
conformanceTest("budget/cost");
conformanceTest("budget/cost_not_reported");
conformanceTest("budget/cost_unknown");
conformanceTest("budget/final_answer");
conformanceTest("budget/goes_on_afterwards");
conformanceTest("budget/of_one_call");
conformanceTest("budget/tokens");
conformanceTest("budget/tool_calls");
conformanceTest("budget/usage_not_reported");
