/* sanitize: misaligned address */
#include <stdint.h>

int main(void)
{
    static char bytes[16];
    volatile uintptr_t odd = (uintptr_t)bytes | 1;
    return (int)*(volatile int32_t *)odd;
}
