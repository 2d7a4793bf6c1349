/* The shim for Lua 5.3. */
#define LS_ABI 53
#include "shim.h"
