/* The operations of a case. */
#ifndef CONFORMANCE_STEPS_H
#define CONFORMANCE_STEPS_H
#include "world.h"

/* Plays the scenario of a case, makes its agent, carries out its steps and notes what they came to. */
void steps_carry_out(struct world *world, const json_t *given_case);

#endif
