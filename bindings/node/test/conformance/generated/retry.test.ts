// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("retry/after_date");
conformanceTest("retry/after_ms_header");
conformanceTest("retry/after_retry_info");
conformanceTest("retry/after_seconds");
conformanceTest("retry/beyond_the_cap");
conformanceTest("retry/beyond_the_time");
conformanceTest("retry/cancel_while_waiting");
conformanceTest("retry/checkpoint_while_waiting");
conformanceTest("retry/end_before_the_end");
conformanceTest("retry/error_event_after_text");
conformanceTest("retry/error_event_before_text");
conformanceTest("retry/in_the_second_step");
conformanceTest("retry/limit");
conformanceTest("retry/not_after_text");
conformanceTest("retry/not_what_cannot_pass");
conformanceTest("retry/of_one_call");
conformanceTest("retry/refusal_that_breaks_off");
conformanceTest("retry/twice_then_fine");
