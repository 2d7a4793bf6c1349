// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("state/checkpoint_of_the_ended");
conformanceTest("state/failed_run_leaves_nothing");
conformanceTest("state/fork");
conformanceTest("state/fork_has_tools");
conformanceTest("state/reset");
conformanceTest("state/restored_twice");
conformanceTest("state/round_trip");
conformanceTest("state/usage_adds_up");
