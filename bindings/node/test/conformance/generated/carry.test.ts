// Written by `make gen` from spec/cases; edit those.
import { conformanceTest } from "../test.js";

conformanceTest("carry/agent_in_mid_stream");
conformanceTest("carry/agent_in_mid_stream_goes_on");
conformanceTest("carry/approval_inside_an_agent");
conformanceTest("carry/approval_inside_an_agent_goes_on");
conformanceTest("carry/approval_two_agents_down");
conformanceTest("carry/approval_two_agents_down_goes_on");
conformanceTest("carry/at_the_approval");
conformanceTest("carry/at_the_approval_goes_on");
conformanceTest("carry/at_the_tool");
conformanceTest("carry/at_the_tool_goes_on");
conformanceTest("carry/damaged");
conformanceTest("carry/in_mid_stream");
conformanceTest("carry/in_mid_stream_goes_on");
conformanceTest("carry/inside_an_agent");
conformanceTest("carry/inside_an_agent_goes_on");
conformanceTest("carry/other_tools");
conformanceTest("carry/second_turn");
conformanceTest("carry/second_turn_goes_on");
conformanceTest("carry/session");
conformanceTest("carry/session_goes_on");
conformanceTest("carry/without_its_agent");
