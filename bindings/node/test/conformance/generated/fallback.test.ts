// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("fallback/after_auth");
conformanceTest("fallback/after_retries");
conformanceTest("fallback/all_fail");
conformanceTest("fallback/no_wait_beyond_the_cap");
conformanceTest("fallback/not_for_arguments");
conformanceTest("fallback/order_and_reasons");
conformanceTest("fallback/stays");
conformanceTest("fallback/without_a_key");
