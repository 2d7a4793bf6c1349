// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("schema/alternatives");
conformanceTest("schema/empty_arguments");
conformanceTest("schema/nested");
conformanceTest("schema/unusable");
