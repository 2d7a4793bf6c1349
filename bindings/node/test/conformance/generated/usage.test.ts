// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("usage/cost");
conformanceTest("usage/cost_of_agents");
conformanceTest("usage/cost_unknown");
conformanceTest("usage/sums_over_runs");
conformanceTest("usage/told_apart");
