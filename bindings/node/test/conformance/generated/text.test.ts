// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("text/big_integers");
conformanceTest("text/empty");
conformanceTest("text/empty_values");
conformanceTest("text/escapes");
conformanceTest("text/huge_answer");
conformanceTest("text/huge_message");
conformanceTest("text/many_deltas");
conformanceTest("text/numbers");
conformanceTest("text/numbers_back");
conformanceTest("text/split_at_every_byte");
conformanceTest("text/split_tool_call");
conformanceTest("text/tool_names");
conformanceTest("text/unicode");
