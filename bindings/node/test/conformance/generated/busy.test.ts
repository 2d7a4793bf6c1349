// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("busy/closed");
conformanceTest("busy/error");
conformanceTest("busy/fork");
conformanceTest("busy/fork_meanwhile");
conformanceTest("busy/open_stream_outlives_agent");
conformanceTest("busy/own_agent");
conformanceTest("busy/own_agent_error");
conformanceTest("busy/queued_streams");
