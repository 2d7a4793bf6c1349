// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("stream/chosen_events");
conformanceTest("stream/plain_answer");
conformanceTest("stream/read_in_parts");
conformanceTest("stream/reasoning");
conformanceTest("stream/text");
conformanceTest("stream/tool_round");
