/* Written by `make gen` from spec/cases; edit those. */
#include "adapter.h"

int main(void)
{
    conformance_begin(2);
    conformance_test("chat/plain");
    conformance_test("tools/two_in_one_turn");
    return conformance_end();
}
