/* A program with a Lua of its own inside. Arguments: the folder of llmspell.so and, if the functions of another Lua are to be
   global, the library of that. Prints the answer of an agent, or "no module". */
#include <dlfcn.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

int main(int count, char **arguments)
{
    lua_State *L = luaL_newstate();
    if (L == NULL || count < 2)
        return 2;
    if (count > 2 && dlopen(arguments[2], RTLD_NOW | RTLD_GLOBAL) == NULL) {
        puts(dlerror());
        return 2;
    }
    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_pushfstring(L, "%s/?.so", arguments[1]);
    lua_setfield(L, -2, "cpath");
    if (luaL_dostring(L, "local module = require 'llmspell' "
                         "return type(module) == 'table' and module.agent{ provider = 'demo' }:chat('Hello') or 'no module'"))
        printf("error: ");
    puts(lua_tostring(L, -1));
    lua_close(L);
    return 0;
}
