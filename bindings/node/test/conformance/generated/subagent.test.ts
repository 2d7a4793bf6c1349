// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("subagent/added_tool_later");
conformanceTest("subagent/answers");
conformanceTest("subagent/arguments");
conformanceTest("subagent/budget");
conformanceTest("subagent/cancelled_with_caller");
conformanceTest("subagent/checkpoint_inside");
conformanceTest("subagent/deeper_than_allowed");
conformanceTest("subagent/fails");
conformanceTest("subagent/forwarded_events");
conformanceTest("subagent/itself");
conformanceTest("subagent/one_after_the_other");
conformanceTest("subagent/other_provider");
conformanceTest("subagent/tool_limit");
conformanceTest("subagent/tools_in_the_host");
conformanceTest("subagent/total_limit");
conformanceTest("subagent/two_at_once");
conformanceTest("subagent/usage_is_summed");
conformanceTest("subagent/without_a_name");
