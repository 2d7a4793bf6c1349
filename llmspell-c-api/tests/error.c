/* Errors as objects. */
#include "full.h"

int main(void)
{
    llmspell_agent *agent = (llmspell_agent *)&agent;
    llmspell_error *err = NULL;
    llmspell_status status = llmspell_agent_new(LIT("{\"temprature\":1}"), &agent, &err);

    check(status == LLMSPELL_E_ARGUMENT, "the status is the code of the kind");
    check(agent == NULL, "an output is NULL after a failure");
    if (err == NULL)
        give_up("there is an error");
    check(llmspell_error_code(err) == LLMSPELL_E_ARGUMENT, "the error has the code");
    check(is(llmspell_error_kind(err), "argument"), "the error has the kind by name");
    check(has(llmspell_error_message(err), "temprature: unknown option; did you mean temperature?"),
          "the message names the option and what was meant");
    check(has(llmspell_error_json(err), "\"kind\":\"argument\"") && has(llmspell_error_json(err), "\"code\":1001") &&
              has(llmspell_error_json(err), "\"retryable\":false"),
          "the JSON has the fields");
    llmspell_error_free(err);

    status = llmspell_agent_new(LIT("{}"), &agent, &err);
    check(status == LLMSPELL_OK && err == NULL && agent != NULL, "success sets the error to NULL");
    llmspell_agent_free(agent);

    status = llmspell_agent_new(LIT("[]"), &agent, NULL);
    check(status == LLMSPELL_E_ARGUMENT, "the error may be left out");

    check(llmspell_error_code(NULL) == 0 && llmspell_error_kind(NULL).len == 0 && llmspell_error_message(NULL).len == 0 &&
              llmspell_error_json(NULL).len == 0,
          "NULL has neutral fields");
    llmspell_error_free(NULL);
    check(true, "NULL can be freed");
    return tap_done();
}
