/* Loaded into an interpreter that runs under valgrind: lets a second pass between the end of the program and the end of
   the process, in which the library's own thread lets go of what it had in hand. What it holds at that very moment would
   be reported as lost. With the argument "leak" or "overrun" it commits that mistake, to show that it is reported. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void wait_a_second(void)
{
    struct timespec second = {1, 0};
    nanosleep(&second, NULL);
}

int luaopen_wait_at_exit(lua_State *L)
{
    const char *mistake = luaL_optstring(L, 1, "");
    atexit(wait_a_second);
    if (strcmp(mistake, "leak") == 0) {
        char *volatile lost = malloc(64);
        lost = NULL;
        (void)lost;
    } else if (strcmp(mistake, "overrun") == 0) {
        char *volatile block = malloc(8);
        lua_pushboolean(L, block[8] == 0);
        free(block);
    }
    return 0;
}
