// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("ollama/calls");
conformanceTest("ollama/cancel");
conformanceTest("ollama/cut_off");
conformanceTest("ollama/error_in_the_stream");
conformanceTest("ollama/length");
conformanceTest("ollama/missing_model");
conformanceTest("ollama/pictures");
conformanceTest("ollama/plain");
conformanceTest("ollama/settings");
conformanceTest("ollama/text");
