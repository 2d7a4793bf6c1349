/* sanitize: attempting double-free|heap-use-after-free */
/* valgrind: Invalid (free|read) */
#include "../full.h"

int main(void)
{
    llmspell_agent *agent = new_agent(WEATHER_AGENT);
    llmspell_buf *info;
    need(llmspell_agent_info(agent, &info, NULL), NULL, "llmspell_agent_info");
    llmspell_buf_free(info);
    llmspell_buf_free(info);
    llmspell_agent_free(agent);
    return 0;
}
