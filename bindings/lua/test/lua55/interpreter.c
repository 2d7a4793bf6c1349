/* A stand-alone Lua 5.5 for tests: lua5.5 [-e PROGRAM]... [-v] [FILE [ARGUMENT]...]; without a file, or for `-`, it reads
   standard input. The package that the sources come from has the library alone. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lua_State *interrupted;

static void raise_interrupt(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    luaL_error(L, "interrupted!");
}

/* A hook is all that a signal handler may set. A second Ctrl-C ends the program. */
static void on_interrupt(int number)
{
    signal(number, SIG_DFL);
    lua_sethook(interrupted, raise_interrupt, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static int with_traceback(lua_State *L)
{
    const char *message = lua_tostring(L, 1);
    if (message == NULL)
        message = luaL_tolstring(L, 1, NULL);
    luaL_traceback(L, L, message, 1);
    return 1;
}

/* Calls the function below `arguments`. Whether it ended well; a message of its failure goes to standard error. */
static int call(lua_State *L, const char *name, int loaded, int arguments)
{
    int status = loaded, base = lua_gettop(L) - arguments;
    if (status == LUA_OK) {
        lua_pushcfunction(L, with_traceback);
        lua_insert(L, base);
        interrupted = L;
        signal(SIGINT, on_interrupt);
        status = lua_pcall(L, arguments, 0, base);
        signal(SIGINT, SIG_DFL);
        lua_remove(L, base);
    }
    if (status != LUA_OK)
        fprintf(stderr, "%s: %s\n", name, lua_tostring(L, -1));
    return status == LUA_OK;
}

/* The table `arg`: the script is at 0, what comes before it below. */
static void set_arguments(lua_State *L, int count, char **words, int script)
{
    int i;
    lua_newtable(L);
    for (i = 0; i < count; i++) {
        lua_pushstring(L, words[i]);
        lua_rawseti(L, -2, i - script);
    }
    lua_setglobal(L, "arg");
}

static int run(lua_State *L, int count, char **words)
{
    int script = 1, programs = 0, i;
    while (script < count && words[script][0] == '-' && words[script][1] != '\0')
        script += strcmp(words[script], "-e") == 0 ? 2 : 1;
    set_arguments(L, count, words, script < count ? script : 0);
    for (i = 1; i < script && i < count; i++) {
        if (strcmp(words[i], "-v") == 0) {
            puts(LUA_COPYRIGHT);
        } else if (strcmp(words[i], "-e") == 0 && i + 1 < count) {
            i++;
            if (!call(L, words[0], luaL_loadbuffer(L, words[i], strlen(words[i]), "=(command line)"), 0))
                return 0;
        } else {
            fprintf(stderr, "%s: unknown option %s\n", words[0], words[i]);
            return 0;
        }
        programs++;
    }
    if (script >= count && programs > 0)
        return 1;
    i = luaL_loadfile(L, script < count && strcmp(words[script], "-") != 0 ? words[script] : NULL);
    luaL_checkstack(L, count + LUA_MINSTACK, "too many arguments");
    for (script++; i == LUA_OK && script < count; script++)
        lua_pushstring(L, words[script]);
    return call(L, words[0], i, lua_gettop(L) - 1);
}

int main(int count, char **words)
{
    lua_State *L = luaL_newstate();
    int good;
    if (L == NULL)
        return EXIT_FAILURE;
    luaL_openlibs(L);
    lua_gc(L, LUA_GCGEN); /* as the real one does */
    good = run(L, count, words);
    lua_close(L);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
