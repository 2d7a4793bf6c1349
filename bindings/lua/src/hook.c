/* Ctrl-C while a coroutine waits. The interpreters' signal handler sets a hook that raises at the next instruction, but
   on the main thread, and in PUC Lua a hook belongs to one thread: while a coroutine runs, it would never be heard.
   (In LuaJIT a hook belongs to the whole state; there what follows changes nothing.) */

#define LS_MAIN_THREAD "llmspell.main" /* in the registry of Lua 5.1, which itself does not keep the main thread */

/* Lua 5.1: remembers the running thread if it is the main one. */
static void ls_note_main_thread(lua_State *L)
{
#if LS_ABI == 51
    if (lua_pushthread(L))
        lua_setfield(L, LUA_REGISTRYINDEX, LS_MAIN_THREAD);
    else
        lua_pop(L, 1);
#else
    (void)L;
#endif
}

/* native.main_thread(): the main thread; nil in Lua 5.1 when nothing of ours ran on it yet. */
static int ls_native_main_thread(lua_State *L)
{
#if LS_ABI == 51
    ls_note_main_thread(L);
    lua_getfield(L, LUA_REGISTRYINDEX, LS_MAIN_THREAD);
#else
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
#endif
    return 1;
}

/* native.take_hook(thread): moves that thread's hook to the running one if it is to come at the very next instruction,
   as interrupts do. Debuggers and profilers count further or not at all and keep theirs. */
static int ls_native_take_hook(lua_State *L)
{
    lua_State *from;
    lua_Hook hook;
    int mask;
    luaL_checktype(L, 1, LUA_TTHREAD);
    from = lua_tothread(L, 1);
    hook = lua_gethook(from);
    mask = lua_gethookmask(from);
    if (from == L || hook == NULL || !(mask & LUA_MASKCOUNT) || lua_gethookcount(from) != 1)
        return 0;
    lua_sethook(from, NULL, 0, 0);
    lua_sethook(L, hook, mask, 1);
    return 0;
}
