/* The shim for Lua 5.5. */
#define LS_ABI 55
#include "shim.h"
