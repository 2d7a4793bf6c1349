/* What the generated list of conformance cases calls (spec/README.md). */
#ifndef CONFORMANCE_ADAPTER_H
#define CONFORMANCE_ADAPTER_H

/* Begins a run of so many cases. */
void conformance_begin(int planned);

/* Plays one case and prints its result. */
void conformance_test(const char *id);

/* Ends the run; the program's exit status. */
int conformance_end(void);

#endif
