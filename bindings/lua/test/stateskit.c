/* More Lua states in the process of a spec, on its thread or on threads of their own. A Lua module for tests alone,
   compiled against a real Lua's headers by spec/lua/states_spec.lua. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MOST_THREADS 16

/* Runs a program in a state: NULL, or what it raised. */
static const char *run(lua_State *state, const char *program)
{
    lua_settop(state, 0);
    if (luaL_loadstring(state, program) == 0 && lua_pcall(state, 0, 1, 0) == 0)
        return NULL;
    return lua_isstring(state, -1) ? lua_tostring(state, -1) : "an error that is no text";
}

static lua_State *new_state(void)
{
    lua_State *state = luaL_newstate();
    if (state != NULL)
        luaL_openlibs(state);
    return state;
}

/* open(): a new state, as a light userdata. */
static int kit_open(lua_State *L)
{
    lua_State *state = new_state();
    if (state == NULL)
        return luaL_error(L, "no memory for a state");
    lua_pushlightuserdata(L, state);
    return 1;
}

static lua_State *check_state(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TLIGHTUSERDATA);
    return lua_touserdata(L, 1);
}

/* run(state, program): what the program returned, as text; raises what it raised. */
static int kit_run(lua_State *L)
{
    lua_State *state = check_state(L);
    const char *problem = run(state, luaL_checkstring(L, 2));
    if (problem != NULL)
        return luaL_error(L, "%s", problem);
    lua_pushstring(L, lua_tostring(state, -1));
    return 1;
}

/* close(state): lua_close. */
static int kit_close(lua_State *L)
{
    lua_close(check_state(L));
    return 0;
}

typedef struct job {
    pthread_t thread;
    const char *program;
    char problem[1000];
} job;

static void *work(void *argument)
{
    job *own = argument;
    lua_State *state = new_state();
    const char *problem = state == NULL ? "no memory for a state" : run(state, own->program);
    if (problem != NULL)
        snprintf(own->problem, sizeof(own->problem), "%s", problem);
    if (state != NULL)
        lua_close(state);
    return NULL;
}

/* threads(count, program): runs it in as many states, each on a thread of its own, all at once; waits for all and raises
   what one of them raised. */
static int kit_threads(lua_State *L)
{
    job jobs[MOST_THREADS];
    int count = (int)luaL_checkinteger(L, 1), i;
    const char *program = luaL_checkstring(L, 2);
    luaL_argcheck(L, count >= 1 && count <= MOST_THREADS, 1, "1 to 16");
    memset(jobs, 0, sizeof(jobs));
    for (i = 0; i < count; i++) {
        jobs[i].program = program;
        if (pthread_create(&jobs[i].thread, NULL, work, &jobs[i]) != 0)
            return luaL_error(L, "no thread"); /* ends the spec's process */
    }
    for (i = 0; i < count; i++)
        pthread_join(jobs[i].thread, NULL);
    for (i = 0; i < count; i++)
        if (jobs[i].problem[0] != '\0')
            return luaL_error(L, "%s", jobs[i].problem);
    return 0;
}

int luaopen_stateskit(lua_State *L)
{
    lua_newtable(L);
    lua_pushcfunction(L, kit_open);
    lua_setfield(L, -2, "open");
    lua_pushcfunction(L, kit_run);
    lua_setfield(L, -2, "run");
    lua_pushcfunction(L, kit_close);
    lua_setfield(L, -2, "close");
    lua_pushcfunction(L, kit_threads);
    lua_setfield(L, -2, "threads");
    return 1;
}
