/* What a fuzz target needs that Swift has not: a child made by fork, whose coverage counts all the same. */
#ifndef CFUZZ_H
#define CFUZZ_H
#include <stddef.h>

/* How a child ended. */
typedef struct {
  int code;          /* what the body returned, where no signal ended it */
  int signal;        /* the signal that ended it, else 0 */
  size_t peak_bytes; /* its largest resident size */
} cfuzz_ending;

/* Calls the body in a child process that is ended after some seconds. */
cfuzz_ending cfuzz_in_child(int (*body)(void *), void *context, unsigned seconds);

#endif
