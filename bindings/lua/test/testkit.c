/* What the specs need from the system and Lua has not: processes and signals. A Lua module for tests alone, compiled
   against a real Lua's headers by spec/lua/support/testkit.lua. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

/* fork(): 0 in the child, the child's pid in the parent. */
static int kit_fork(lua_State *L)
{
    pid_t pid = fork();
    if (pid < 0)
        return luaL_error(L, "fork: %s", strerror(errno));
    lua_pushinteger(L, pid);
    return 1;
}

/* wait(pid): "exit" or "signal", and its number, once that child has ended. */
static int kit_wait(lua_State *L)
{
    pid_t pid = (pid_t)luaL_checkinteger(L, 1);
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return luaL_error(L, "waitpid: %s", strerror(errno));
    lua_pushstring(L, WIFEXITED(status) ? "exit" : "signal");
    lua_pushinteger(L, WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    return 2;
}

/* leave(code): ends this process at once, without finalizers, as a forked child should. Valgrind would count as lost
   there what belongs to the parent: another program ends in the child's place, with 98 for errors of other kinds. */
static int kit_leave(lua_State *L)
{
    int code = (int)luaL_checkinteger(L, 1);
    if (RUNNING_ON_VALGRIND) {
        char command[32];
        snprintf(command, sizeof(command), "exit %d", VALGRIND_COUNT_ERRORS > 0 ? 98 : code);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    }
    _exit(code);
}

/* kill(pid, signal): sends a signal ("INT", "TERM", "KILL"). */
static int kit_kill(lua_State *L)
{
    static const char *const names[] = {"INT", "TERM", "KILL", NULL};
    static const int signals[] = {SIGINT, SIGTERM, SIGKILL};
    int number = signals[luaL_checkoption(L, 2, NULL, names)];
    lua_pushboolean(L, kill((pid_t)luaL_checkinteger(L, 1), number) == 0);
    return 1;
}

int luaopen_testkit(lua_State *L)
{
    lua_newtable(L);
    lua_pushcfunction(L, kit_fork);
    lua_setfield(L, -2, "fork");
    lua_pushcfunction(L, kit_wait);
    lua_setfield(L, -2, "wait");
    lua_pushcfunction(L, kit_leave);
    lua_setfield(L, -2, "leave");
    lua_pushcfunction(L, kit_kill);
    lua_setfield(L, -2, "kill");
    return 1;
}
