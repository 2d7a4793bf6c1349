/* sanitize: signed integer overflow */
#include <limits.h>

int main(void)
{
    volatile int most = INT_MAX;
    volatile int sum = most + 1;
    return sum == 0;
}
