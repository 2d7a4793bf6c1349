// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("wire/arguments_cut");
conformanceTest("wire/comments_and_crlf");
conformanceTest("wire/empty_body");
conformanceTest("wire/gzip");
conformanceTest("wire/index_skipped");
conformanceTest("wire/index_twice");
conformanceTest("wire/indexes_missing");
conformanceTest("wire/invalid_utf8");
conformanceTest("wire/keep_alive");
conformanceTest("wire/no_http");
conformanceTest("wire/plain_json");
conformanceTest("wire/plain_json_tool_call");
conformanceTest("wire/redirect_elsewhere");
conformanceTest("wire/refusal");
conformanceTest("wire/tool_call_in_pieces");
conformanceTest("wire/two_ids_for_one_call");
conformanceTest("wire/unknown_fields");
conformanceTest("wire/usage_last");
conformanceTest("wire/without_done");
