// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("reply/by_hand");
conformanceTest("reply/failure_by_hand");
conformanceTest("reply/in_any_order");
conformanceTest("reply/twice");
