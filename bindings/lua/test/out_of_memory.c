/* Opens the module in states whose allocator fails at one place after the other, and tries again in the same state when
   there is memory: that must serve as if nothing had happened. Arguments: the folder of llmspell.so. Linked to the Lua
   that is tested. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

static long left = -1; /* allocations that still succeed; below 0: all */

static void *allocate(void *unused, void *block, size_t old_size, size_t size)
{
    (void)unused;
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (left >= 0 && (block == NULL || size > old_size)) {
        if (left == 0)
            return NULL;
        left--;
    }
    return realloc(block, size);
}

/* what is under test: the module and the first use of everything that it makes on demand */
static const char attempt[] = "local llmspell = require('llmspell')\n"
                              "local value = assert(llmspell.json.decode('{\"list\":[1,[]]}'))\n"
                              "assert(llmspell.json.encode(value) == '{\"list\":[1,[]]}')\n"
                              "local agent = assert(llmspell.agent{ provider = 'demo' })\n"
                              "assert(tostring(agent):find('llmspell.agent', 1, true))\n"
                              "agent:close()\n";

/* Lua 5.1 and LuaJIT keep a mark of a module whose loading failed */
static const char forget[] = "package.loaded.llmspell = nil";

static const char check[] = "local raw = require('llmspell.raw')\n"
                            "local queue, agent = raw.queue_new(), raw.agent_new('{\"provider\":\"demo\"}')\n"
                            "local run = assert(raw.run_start(queue, agent, '{\"input\":\"Hello\"}'))\n"
                            "local event = raw.queue_next(queue, 10000)\n"
                            "for _, object in ipairs{ queue, run, event } do object:close() end\n"
                            "assert(require('llmspell').agent{ provider = 'demo' }:chat('Hello') == 'You said: Hello')\n";

/* Whether the attempt succeeded with `allocations`. Ends the program when a second
   attempt, with memory, fails. */
static int try_with(long allocations, const char *folder)
{
    lua_State *L = lua_newstate(allocate, NULL);
    int status;
    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_pushfstring(L, "%s/?.so", folder);
    lua_setfield(L, -2, "cpath");
    luaL_loadstring(L, attempt);
    left = allocations;
    status = lua_pcall(L, 0, 0, 0);
    left = -1;
    lua_settop(L, 0);
    if (status != 0 && (luaL_dostring(L, forget) || luaL_dostring(L, attempt) || luaL_dostring(L, check))) {
        printf("after a failure of allocation %ld: %s\n", allocations + 1, lua_tostring(L, -1));
        exit(1);
    }
    lua_close(L);
    return status == 0;
}

int main(int count, char **arguments)
{
    long allocations = 0;
    if (count != 2)
        return 2;
    while (!try_with(allocations, arguments[1]))
        allocations++;
    printf("failed well %ld times\n", allocations);
    return 0;
}
