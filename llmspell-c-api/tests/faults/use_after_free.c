/* sanitize: heap-use-after-free */
/* valgrind: Invalid read of size 1 */
/* The memory is the library's own, from Rust's allocator. */
#include "../full.h"

int main(void)
{
    llmspell_agent *agent = new_agent(WEATHER_AGENT);
    llmspell_buf *info;
    llmspell_str str;
    need(llmspell_agent_info(agent, &info, NULL), NULL, "llmspell_agent_info");
    str = llmspell_buf_str(info);
    llmspell_buf_free(info);
    llmspell_agent_free(agent);
    return *(const volatile char *)str.data == '\0';
}
