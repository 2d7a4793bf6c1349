// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("record/append");
conformanceTest("record/broken_off");
conformanceTest("record/new");
conformanceTest("record/once");
conformanceTest("record/over_http");
conformanceTest("record/patterns");
conformanceTest("record/provider_error");
conformanceTest("record/stream");
conformanceTest("record/then_replay");
conformanceTest("record/tool_round");
