/* sanitize: misaligned address */
#include <stdint.h>

static char bytes[16];

/* Through a pointer that is not volatile: clang does not check those that are. */
static int32_t value_at(const int32_t *place)
{
    return *place;
}

int main(void)
{
    volatile uintptr_t odd = (uintptr_t)bytes | 1;
    return (int)value_at((const int32_t *)odd);
}
