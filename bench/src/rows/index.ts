import type { Row } from "../row.js";
import { chat } from "./chat.js";
import { core } from "./core.js";
import { delta } from "./delta.js";
import { growth } from "./growth.js";
import { json } from "./json.js";
import { load } from "./load.js";
import { memory } from "./memory.js";
import { node } from "./node.js";
import { openresty } from "./openresty.js";
import { peers, tool } from "./peers.js";

/** Every row, in the order of the report. */
export const rows: readonly Row[] = [chat, peers, tool, delta, memory, load, json, core, growth, openresty, node];
