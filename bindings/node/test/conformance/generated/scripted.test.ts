// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("scripted/bad_arguments");
conformanceTest("scripted/breaks_off");
conformanceTest("scripted/error");
conformanceTest("scripted/error_in_the_stream");
conformanceTest("scripted/exhausted");
conformanceTest("scripted/finish_reason");
conformanceTest("scripted/leftovers");
conformanceTest("scripted/object");
conformanceTest("scripted/retried");
conformanceTest("scripted/text");
conformanceTest("scripted/tool_round");
conformanceTest("scripted/usage");
