// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("replay/exhausted");
conformanceTest("replay/forks_share");
conformanceTest("replay/leftovers");
conformanceTest("replay/loose");
conformanceTest("replay/no_cassette");
conformanceTest("replay/order");
conformanceTest("replay/strict_miss");
