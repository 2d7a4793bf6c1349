/* The shim for Lua 5.1 and LuaJIT. */
#define LS_ABI 51
#include "shim.h"
