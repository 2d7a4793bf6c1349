// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("errors/argument");
conformanceTest("errors/auth_missing");
conformanceTest("errors/auth_refused");
conformanceTest("errors/bad_event");
conformanceTest("errors/config");
conformanceTest("errors/content_filter");
conformanceTest("errors/cut_off");
conformanceTest("errors/demo_status");
conformanceTest("errors/in_the_stream");
conformanceTest("errors/not_found");
conformanceTest("errors/overloaded");
conformanceTest("errors/protocol");
conformanceTest("errors/provider");
conformanceTest("errors/quota_used_up");
conformanceTest("errors/rate_limit");
conformanceTest("errors/refused_connection");
conformanceTest("errors/reset_connection");
conformanceTest("errors/tool_kind_in_result");
