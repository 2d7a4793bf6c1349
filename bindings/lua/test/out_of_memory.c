/* Lua states whose allocator fails, at one allocation after the other, while they use llmspell. Each time that must be a
   clean error, after which the same state and the same agent serve as if nothing had happened, and nothing is lost.
   Arguments: the folder of llmspell.so, a scenario's name, and a number N where a single failure is to be tried at each
   N-th allocation only. Linked to the Lua that is tested. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

typedef struct scenario {
    const char *name;
    bool fresh;          /* a new state for each attempt; else all attempts are made in one */
    const char *prepare; /* with memory, once in a state */
    const char *act;     /* what runs short of memory; returns a text to say that it went another way that is fine too */
    const char *check;   /* with memory, after an attempt that failed */
} scenario;

#define ECHO_TOOL \
    "{ name = 'echo', schema = { type = 'object', properties = { text = { type = 'string' } } }," \
    "  execute = function(p) return { p.text, { #p.text } } end }"
#define AGENT "llmspell = require('llmspell')\nagent = llmspell.agent{ provider = 'demo', tools = { " ECHO_TOOL " } }\n"
#define STILL_WORKS \
    "assert(agent:chat('Hello') == 'You said: Hello')\n" \
    "assert(agent:chat('echo \"hi\"') == 'I asked the tools: echo gave [\"hi\",[2]].')\nassert(agent:reset())\n"
/* a tool's failure, for want of memory as well, is something that the model hears of */
#define EXPECT_ECHO(text) \
    "local text = " text "\n" \
    "if text:find('not enough memory', 1, true) then return 'told the model' end\n" \
    "assert(text == 'I asked the tools: echo gave [\"hi\",[2]].', text)\n"

static const scenario scenarios[] = {
    /* the module and the first use of everything that it makes on demand. (Lua 5.1 and LuaJIT keep a mark of a module
       whose loading failed.) */
    {"load", true, "",
     "local llmspell = require('llmspell')\n"
     "local value = assert(llmspell.json.decode('{\"list\":[1,[]]}'))\n"
     "assert(llmspell.json.encode(value) == '{\"list\":[1,[]]}')\n"
     "local agent = assert(llmspell.agent{ provider = 'demo' })\n"
     "assert(tostring(agent):find('llmspell.agent', 1, true))\n"
     "agent:close()\n",
     "package.loaded.llmspell = nil\n"
     "local llmspell = require('llmspell')\n"
     "assert(llmspell.json.encode(assert(llmspell.json.decode('{\"list\":[1,[]]}'))) == '{\"list\":[1,[]]}')\n"
     "local raw = require('llmspell.raw')\n"
     "local queue, agent = raw.queue_new(), raw.agent_new('{\"provider\":\"demo\"}')\n"
     "local run = assert(raw.run_start(queue, agent, '{\"input\":\"Hello\"}'))\n"
     "local event = raw.queue_next(queue, 10000)\n"
     "for _, object in ipairs{ queue, run, event } do object:close() end\n"
     "assert(llmspell.agent{ provider = 'demo' }:chat('Hello') == 'You said: Hello')\n"},
    {"chat", false, AGENT,
     "local text, message = agent:chat('Hello')\n"
     "if not text then error(message) end\n"
     "assert(text == 'You said: Hello')\n",
     STILL_WORKS},
    {"tool", false, AGENT,
     "local text, message = agent:chat('echo \"hi\"')\n"
     "if not text then error(message) end\n" EXPECT_ECHO("text"),
     STILL_WORKS},
    {"execute", false, AGENT,
     "local result, message = agent:execute{ input = 'echo \"hi\"' }\n"
     "if not result then error(message) end\n"
     "assert(#result.tool_calls == 1)\n" EXPECT_ECHO("result.text"),
     STILL_WORKS},
    {"stream", false, AGENT,
     "local last\n"
     "for event in agent:stream('echo \"hi\"') do last = event end\n"
     "if last.type == 'error' then error(last.error.message) end\n"
     "assert(last.type == 'done', last.type)\n" EXPECT_ECHO("last.result.text"),
     STILL_WORKS},
    {"break", false, AGENT,
     "local stream = agent:stream('say one two three four')\n"
     "for event in stream do\n"
     "  if event.type == 'error' then error(event.error.message) end\n"
     "  if event.type == 'text_delta' then break end\n"
     "end\n"
     "assert(stream:close())\n"
     "assert(stream:next() == nil)\n",
     STILL_WORKS},
    {"error", false, AGENT,
     "local text, message, details = agent:chat('fail with 400')\n"
     "assert(text == nil)\n"
     "if details.kind ~= 'provider' then error(message) end\n"
     "assert(details.http_status == 400)\n",
     STILL_WORKS},
    {"agent", false, AGENT,
     "local other, message = llmspell.agent{ provider = 'demo', system_prompt = 'Be brief' }\n"
     "if not other then error(message) end\n"
     "assert(other:add_tool(llmspell.create_tool" ECHO_TOOL "))\n"
     "local fork = assert(other:fork())\n"
     "assert(#assert(fork:get_state()).messages <= 1)\n"
     "assert(fork:reset() and fork:close() and other:close())\n",
     STILL_WORKS},
    {"json", false,
     AGENT "value = {}\n"
           "for i = 1, 60 do value[i] = { name = 'item ' .. i, list = { i, i / 2, { llmspell.null } }, [('k'):rep(i)] = true } end\n"
           "text = assert(llmspell.json.encode(value))\n",
     "local written, message = llmspell.json.encode(value)\n"
     "if not written then error(message) end\n"
     "assert(written == text)\n"
     "local read, problem = llmspell.json.decode(written)\n"
     "if not read then error(problem) end\n"
     "assert(#read == 60 and read[60].list[1] == 60)\n",
     "assert(llmspell.json.encode(assert(llmspell.json.decode(text))) == text)\n" STILL_WORKS},
};

/* How many allocations fail one after the other. Lua 5.2 and later collect when one fails and try it once more. */
typedef struct mode {
    const char *name;
    long span;
} mode;

static const mode modes[] = {
    {"all from one on", -1},
    {"a single one", LUA_VERSION_NUM >= 502 ? 2 : 1},
#if LUA_VERSION_NUM >= 502
    {"one that a collection mends", 1},
#endif
};

static const mode *failing;
static long left = -1; /* allocations that still succeed; below 0: all */
static long failures;  /* of this attempt */
static size_t in_use;

static void *allocate(void *unused, void *block, size_t old_size, size_t size)
{
    (void)unused;
    if (block == NULL)
        old_size = 0; /* Lua says there what the block is for */
    if (size > old_size && left == 0) {
        if (++failures == failing->span)
            left = -1;
        return NULL;
    }
    if (size > old_size && left > 0)
        left--;
    in_use += size - old_size;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

static void give_up(const scenario *s, const char *what, long n, const char *message)
{
    printf("%s, %s, at allocation %ld: %s: %s\n", s->name, failing->name, n + 1, what, message);
    exit(1);
}

static lua_State *open_state(const scenario *s, const char *folder)
{
#if LUA_VERSION_NUM >= 505
    lua_State *L = lua_newstate(allocate, NULL, 1); /* a seed that is always the same */
#else
    lua_State *L = lua_newstate(allocate, NULL);
#endif
    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_pushfstring(L, "%s/?.so", folder);
    lua_setfield(L, -2, "cpath");
    lua_settop(L, 0);
    if (luaL_dostring(L, s->prepare))
        give_up(s, "prepare", -1, lua_tostring(L, -1));
    if (luaL_loadstring(L, s->act)) /* at index 1 */
        give_up(s, "act", -1, lua_tostring(L, -1));
    return L;
}

static void close_state(const scenario *s, lua_State *L)
{
    bool keeps_books;
    lua_getglobal(L, "jit"); /* LuaJIT loses blocks of its own when memory is short */
    keeps_books = lua_isnil(L, -1);
    lua_close(L);
    if (keeps_books && in_use != 0)
        give_up(s, "after lua_close", -1, "Lua's memory is not all freed");
    in_use = 0;
}

/* how the attempts that met a failing allocation went on */
typedef struct outcomes {
    long errors; /* a memory error that the caller saw */
    long told;   /* the model was told of it */
    long mended; /* no error: Lua found memory by collecting */
} outcomes;

/* One attempt; returns whether it met no failure any more. */
static bool attempt(const scenario *s, lua_State *L, long n, outcomes *seen)
{
    int status;
    const char *message;
    lua_settop(L, 1);
    lua_pushvalue(L, 1);
    failures = 0;
    left = n;
    status = lua_pcall(L, 0, 1, 0);
    left = -1;
    message = lua_tostring(L, -1);
    if (status != 0 && (message == NULL || strstr(message, "not enough memory") == NULL))
        give_up(s, "error of another kind", n, message == NULL ? "no text" : message);
    if (failures == 0) {
        if (status != 0 || message != NULL)
            give_up(s, "failed without cause", n, message);
        return true;
    }
    if (status != 0)
        seen->errors++;
    else if (message != NULL)
        seen->told++;
    else
        seen->mended++;
    if (luaL_dostring(L, s->check))
        give_up(s, "afterwards", n, lua_tostring(L, -1));
    return false;
}

static void run(const scenario *s, const char *folder, long every)
{
    outcomes seen = {0, 0, 0};
    long n, tried = 0;
    bool through = false;
    lua_State *L = s->fresh ? NULL : open_state(s, folder);
    for (n = 0; !through; n += every, tried++) {
        if (s->fresh)
            L = open_state(s, folder);
        through = attempt(s, L, n, &seen);
        if (s->fresh)
            close_state(s, L);
    }
    if (!s->fresh)
        close_state(s, L);
    printf("%s, %s: failed well %ld times (%ld errors, %ld told the model, %ld mended by a collection)\n", s->name,
           failing->name, tried - 1, seen.errors, seen.told, seen.mended);
}

int main(int count, char **arguments)
{
    size_t i, m;
    long every = count == 4 ? atol(arguments[3]) : 1;
    if (count < 3 || every < 1)
        return 2;
    for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        if (strcmp(scenarios[i].name, arguments[2]) != 0)
            continue;
        for (m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
            failing = &modes[m];
            run(&scenarios[i], arguments[1], m == 0 ? 1 : every);
        }
        if (RUNNING_ON_VALGRIND)
            sleep(1); /* lets the library's thread go of what it has in hand, which would count as lost */
        return 0;
    }
    return 2;
}
