/* Exchanges that the host carries. */
#ifndef CONFORMANCE_CARRY_H
#define CONFORMANCE_CARRY_H
#include "stream.h"

/* Gives the answer of a case to the request `id` of a stream's run, whole or in pieces. */
void carry_answer(struct world *world, struct stream *stream, const char *id, const json_t *answer);

#endif
