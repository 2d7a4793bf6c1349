// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("guardrails/cancelled");
conformanceTest("guardrails/in_a_checkpoint");
conformanceTest("guardrails/in_a_fork");
conformanceTest("guardrails/input_answers");
conformanceTest("guardrails/input_answers_with_an_object");
conformanceTest("guardrails/input_fails");
conformanceTest("guardrails/input_passes_and_changes");
conformanceTest("guardrails/input_stops");
conformanceTest("guardrails/missing_after_a_restore");
conformanceTest("guardrails/output_changes");
conformanceTest("guardrails/output_fails");
conformanceTest("guardrails/output_passes");
conformanceTest("guardrails/output_sends_back");
conformanceTest("guardrails/output_stops");
conformanceTest("guardrails/output_stops_an_object");
