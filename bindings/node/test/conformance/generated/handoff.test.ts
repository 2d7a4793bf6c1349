// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("handoff/checkpoint");
conformanceTest("handoff/goes_on");
conformanceTest("handoff/limited");
conformanceTest("handoff/next_chat");
conformanceTest("handoff/there_and_back");
conformanceTest("handoff/twice_in_a_turn");
