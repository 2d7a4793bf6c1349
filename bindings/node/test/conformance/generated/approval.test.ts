// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("approval/allow");
conformanceTest("approval/by_hand");
conformanceTest("approval/cancelled");
conformanceTest("approval/deny");
conformanceTest("approval/deny_plainly");
conformanceTest("approval/edit");
conformanceTest("approval/edit_that_does_not_fit");
conformanceTest("approval/fails");
conformanceTest("approval/in_a_checkpoint");
conformanceTest("approval/nobody");
conformanceTest("approval/nobody_in_a_stream");
conformanceTest("approval/remember_arguments");
conformanceTest("approval/remember_deny");
conformanceTest("approval/remember_tool");
conformanceTest("approval/the_clock_stands_still");
conformanceTest("approval/unclear");
