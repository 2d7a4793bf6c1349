/* What busted asks of the C modules lfs, system and term, for a Lua that no distribution has them for: files that are found
   and listed, and the time. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int failure(lua_State *L)
{
    lua_pushnil(L);
    lua_pushstring(L, strerror(errno));
    return 2;
}

static const char *mode_of(const struct stat *file)
{
    return S_ISREG(file->st_mode) ? "file" : S_ISDIR(file->st_mode) ? "directory" : S_ISLNK(file->st_mode) ? "link" : "other";
}

static int attributes_by(lua_State *L, int (*look)(const char *path, struct stat *file))
{
    struct stat file;
    if (look(luaL_checkstring(L, 1), &file) != 0)
        return failure(L);
    lua_newtable(L);
    lua_pushstring(L, mode_of(&file));
    lua_setfield(L, -2, "mode");
    lua_pushinteger(L, file.st_size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, file.st_mtime);
    lua_setfield(L, -2, "modification");
    if (lua_isstring(L, 2))
        lua_getfield(L, -1, lua_tostring(L, 2));
    return 1;
}

static int attributes(lua_State *L)
{
    return attributes_by(L, stat);
}

static int symlinkattributes(lua_State *L)
{
    return attributes_by(L, lstat);
}

static int currentdir(lua_State *L)
{
    char path[4096];
    if (getcwd(path, sizeof(path)) == NULL)
        return failure(L);
    lua_pushstring(L, path);
    return 1;
}

static int chdir_to(lua_State *L)
{
    if (chdir(luaL_checkstring(L, 1)) != 0)
        return failure(L);
    lua_pushboolean(L, 1);
    return 1;
}

/* The iterator of dir(): the names are in a table, with the number of the last one that was given. */
static int next_name(lua_State *L)
{
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(2)) + 1;
    lua_pushinteger(L, last);
    lua_replace(L, lua_upvalueindex(2));
    lua_rawgeti(L, lua_upvalueindex(1), last);
    return 1;
}

static int dir(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    DIR *folder = opendir(path);
    struct dirent *entry;
    lua_Integer count = 0;
    if (folder == NULL)
        return luaL_error(L, "cannot open %s: %s", path, strerror(errno));
    lua_newtable(L);
    while ((entry = readdir(folder)) != NULL) {
        lua_pushstring(L, entry->d_name);
        lua_rawseti(L, -2, ++count);
    }
    closedir(folder);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_name, 2);
    return 1;
}

static int clock_of(lua_State *L, clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
    return 1;
}

static int gettime(lua_State *L)
{
    return clock_of(L, CLOCK_REALTIME);
}

static int monotime(lua_State *L)
{
    return clock_of(L, CLOCK_MONOTONIC);
}

static int sleep_for(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 1);
    struct timespec time = {(time_t)seconds, (long)((seconds - (lua_Number)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
    return 0;
}

static int is_terminal(lua_State *L)
{
    luaL_Stream *file = luaL_checkudata(L, 1, LUA_FILEHANDLE);
    lua_pushboolean(L, isatty(fileno(file->f)));
    return 1;
}

int luaopen_lfs(lua_State *L)
{
    static const luaL_Reg functions[] = {{"attributes", attributes}, {"symlinkattributes", symlinkattributes},
                                         {"currentdir", currentdir}, {"chdir", chdir_to}, {"dir", dir}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

int luaopen_system_core(lua_State *L)
{
    static const luaL_Reg functions[] = {{"gettime", gettime}, {"monotime", monotime}, {"sleep", sleep_for}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

int luaopen_term_core(lua_State *L)
{
    static const luaL_Reg functions[] = {{"isatty", is_terminal}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
