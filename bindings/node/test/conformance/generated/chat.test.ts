// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("chat/demo");
conformanceTest("chat/finish_length");
conformanceTest("chat/keeps_the_conversation");
conformanceTest("chat/message_forms");
conformanceTest("chat/plain");
conformanceTest("chat/whole_result");
