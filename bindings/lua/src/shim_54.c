/* The shim for Lua 5.4. */
#define LS_ABI 54
#include "shim.h"
