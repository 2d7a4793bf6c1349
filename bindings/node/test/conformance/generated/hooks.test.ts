// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("hooks/after_model_answers");
conformanceTest("hooks/after_model_changes");
conformanceTest("hooks/after_model_changes_an_object");
conformanceTest("hooks/after_model_stops");
conformanceTest("hooks/after_tool");
conformanceTest("hooks/after_tool_fails");
conformanceTest("hooks/before_approval");
conformanceTest("hooks/before_model_answers");
conformanceTest("hooks/before_model_changes");
conformanceTest("hooks/before_model_fails");
conformanceTest("hooks/before_model_stops");
conformanceTest("hooks/before_tool");
conformanceTest("hooks/before_tool_gives_bad_arguments");
conformanceTest("hooks/before_tool_stops");
conformanceTest("hooks/cancelled");
conformanceTest("hooks/in_a_checkpoint");
conformanceTest("hooks/late");
