// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("rate/cancel_while_waiting");
conformanceTest("rate/other_account");
conformanceTest("rate/second_waits");
