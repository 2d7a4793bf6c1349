/* sanitize: LeakSanitizer: detected memory leaks */
/* valgrind: are (definitely|possibly) lost */
/* What is lost was allocated by Rust. */
#include "../full.h"

static void lose(void)
{
    int i;
    for (i = 0; i < 3; i++)
        new_agent(WEATHER_AGENT);
}

int main(void)
{
    lose();
    return 0;
}
