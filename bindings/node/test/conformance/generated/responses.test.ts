// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("responses/cancelled");
conformanceTest("responses/citations");
conformanceTest("responses/cut_off");
conformanceTest("responses/encrypted_reasoning");
conformanceTest("responses/error_event");
conformanceTest("responses/failed");
conformanceTest("responses/foreign_history");
conformanceTest("responses/length");
conformanceTest("responses/media");
conformanceTest("responses/native_schema");
conformanceTest("responses/parallel_tools");
conformanceTest("responses/plain");
conformanceTest("responses/refusal");
conformanceTest("responses/schema_by_options");
conformanceTest("responses/text");
conformanceTest("responses/tool_choice");
conformanceTest("responses/unknown_item");
conformanceTest("responses/unsupported");
conformanceTest("responses/wrong_key");
