import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { emit } from "../../src/generate/emit.js";
import { ir } from "../../src/generate/ir.js";
import { defaultPaths, repositoryRoot } from "../../src/generate/paths.js";
import { runGenerators } from "../../src/generate/run.js";
import { buildRawModule, LUAS, runLua } from "../support/raw-module.js";
import { tempFolder } from "../support/temp.js";

/** Objects that count how many of them live; \`queue_fd\` tells the count, \`run_start\` what it was given. */
const DEFINITIONS = `
#include <stdlib.h>
struct llmspell_agent { int unused; };
struct llmspell_queue { int unused; };
struct llmspell_run { int unused; };
struct llmspell_event { int unused; };
static int live;
static llmspell_agent one_agent;
llmspell_status llmspell_agent_new(const char *options_json, size_t options_len, llmspell_agent **agent, llmspell_error **err)
{
    live++;
    *agent = malloc(sizeof **agent);
    return LLMSPELL_OK;
}
void llmspell_agent_free(llmspell_agent *agent)
{
    live--;
    free(agent);
}
const llmspell_target *llmspell_agent_as_target(const llmspell_agent *agent)
{
    return (const llmspell_target *)&one_agent;
}
llmspell_status llmspell_queue_new(llmspell_queue **queue, llmspell_error **err)
{
    live++;
    *queue = malloc(sizeof **queue);
    return LLMSPELL_OK;
}
llmspell_status llmspell_queue_next(llmspell_queue *queue, int32_t timeout_ms, llmspell_event **event, llmspell_error **err)
{
    *event = NULL;
    if (timeout_ms != 0) {
        live++;
        *event = malloc(sizeof **event);
    }
    return LLMSPELL_OK;
}
llmspell_status llmspell_queue_fd(const llmspell_queue *queue, int32_t *fd, llmspell_error **err)
{
    *fd = live;
    return LLMSPELL_OK;
}
void llmspell_queue_free(llmspell_queue *queue)
{
    live--;
    free(queue);
}
llmspell_status llmspell_run_start(llmspell_queue *queue, const llmspell_target *target, const char *input_json, size_t input_len,
                                   llmspell_run **run, llmspell_error **err)
{
    live++;
    *run = target == (const llmspell_target *)&one_agent ? malloc(sizeof **run) : NULL;
    return LLMSPELL_OK;
}
int32_t llmspell_run_status(const llmspell_run *run) { return LLMSPELL_RUN_RUNNING; }
void llmspell_run_free(llmspell_run *run)
{
    live--;
    free(run);
}
int32_t llmspell_event_type(const llmspell_event *event) { return LLMSPELL_EVENT_DONE; }
uint64_t llmspell_event_seq(const llmspell_event *event) { return UINT64_C(1) << 53; }
void llmspell_event_free(llmspell_event *event)
{
    live--;
    free(event);
}
void llmspell_error_free(llmspell_error *error) {}
void llmspell_buf_free(llmspell_buf *buf) {}
`;

const DEFINED = [...DEFINITIONS.matchAll(/\b(llmspell_\w+)\([^;{]*\)\s*\{/g)].map((match) => match[1] ?? "");

async function build(abi: number): Promise<string> {
  const root = tempFolder();
  const header = join(root, defaultPaths.header);
  mkdirSync(dirname(header), { recursive: true });
  copyFileSync(join(repositoryRoot, defaultPaths.header), header);
  await runGenerators([ir, emit], root, { header });
  return buildRawModule(root, abi, DEFINITIONS, DEFINED);
}

const PROGRAM = `
local raw = require("rawtest")
local queue = raw.queue_new()
local function live() collectgarbage() collectgarbage() return raw.queue_fd(queue) end

local agent = raw.agent_new("{}")
print(type(agent), tostring(agent):match("^llmspell%.agent: "), getmetatable(agent))
local run = raw.run_start(queue, agent, "{}")
print(raw.run_status(run) == raw.RUN_RUNNING, live())

print(select("#", raw.queue_next(queue, 0)), raw.queue_next(queue, 0))
local event = raw.queue_next(queue, -1)
print(raw.event_type(event) == raw.EVENT_DONE, raw.event_seq(event) == 2^53, live())
event = nil
print(live())

agent:close() agent:close() raw.agent_free(agent) raw.agent_free(nil)
print(tostring(agent), live())
print(raw.run_start(queue, agent, "{}"))
run:close()
print(pcall(raw.run_status, run))
run, agent = nil, nil
print(live())

print(pcall(raw.run_start, queue, queue, "{}"))
print(pcall(raw.run_start, queue, io.stdout, "{}"))
print(pcall(raw.run_start, queue, setmetatable({}, { __name = "llmspell.agent" }), "{}"))
print(pcall(queue.close, io.stdout))
print(pcall(queue.close))
print(pcall(raw.run_start))
`;

describe("objects of the raw module", () => {
  it.each(LUAS)("live and die once in $command", async ({ command, abi }) => {
    const output = runLua(command, await build(abi), PROGRAM);
    const file = abi === 54 ? "FILE*" : "userdata";
    expect(output.split("\n")).toEqual([
      "userdata\tllmspell.agent: \tfalse",
      "true\t3",
      "1\tnil",
      "true\ttrue\t4",
      "3",
      "llmspell.agent (closed)\t2",
      'nil\trun_start: target is closed; make a new one\t{"kind":"closed","code":1005,"message":"run_start: target is closed; make a new one","retryable":false}',
      "false\trun_status: run is closed; make a new one",
      "1",
      "false\tbad argument #2 to 'run_start' (target: llmspell.agent expected, got llmspell.queue)",
      `false\tbad argument #2 to 'run_start' (target: llmspell.agent expected, got ${file})`,
      "false\tbad argument #2 to 'run_start' (target: llmspell.agent expected, got table)",
      `false\tbad argument #1 to 'close' (self: llmspell.queue expected, got ${file})`,
      "false\tbad argument #1 to 'close' (self: llmspell.queue expected, got no value)",
      "false\tbad argument #1 to 'run_start' (queue: llmspell.queue expected, got no value)",
      "",
    ]);
  });

  it("closes at the end of its block in lua5.4", async () => {
    const program = `local raw = require("rawtest")
local queue = raw.queue_new()
do local agent <close> = raw.agent_new("{}") print(raw.queue_fd(queue)) end
print(raw.queue_fd(queue))`;
    expect(runLua("lua5.4", await build(54), program)).toBe("2\n1\n");
  });
});
