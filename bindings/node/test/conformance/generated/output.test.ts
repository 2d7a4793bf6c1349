// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("output/any_object");
conformanceTest("output/checkpoint");
conformanceTest("output/cut");
conformanceTest("output/cut_after_the_end");
conformanceTest("output/cut_is_not_completed");
conformanceTest("output/grows");
conformanceTest("output/history");
conformanceTest("output/limit");
conformanceTest("output/list");
conformanceTest("output/mended");
conformanceTest("output/mended_tool");
conformanceTest("output/native");
conformanceTest("output/no_repairs");
conformanceTest("output/no_schema");
conformanceTest("output/open_object");
conformanceTest("output/prompt");
conformanceTest("output/repaired");
conformanceTest("output/tool");
conformanceTest("output/with_tools");
