// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("limits/deep_arguments");
conformanceTest("limits/deep_message");
conformanceTest("limits/first_event_timeout");
conformanceTest("limits/idle_timeout");
conformanceTest("limits/max_steps");
conformanceTest("limits/max_steps_of_a_call");
conformanceTest("limits/timeout_of_a_call");
conformanceTest("limits/tool_time_counts");
conformanceTest("limits/whole_run_timeout");
