// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("cancel/after_the_end");
conformanceTest("cancel/at_a_call_s_begin");
conformanceTest("cancel/at_reasoning");
conformanceTest("cancel/before_the_head");
conformanceTest("cancel/before_the_tool");
conformanceTest("cancel/between_turns");
conformanceTest("cancel/by_closing");
conformanceTest("cancel/by_the_tool");
conformanceTest("cancel/in_an_agent");
conformanceTest("cancel/in_mid_stream");
conformanceTest("cancel/while_an_object_grows");
conformanceTest("cancel/while_queued");
