#ifdef __linux__
#define _GNU_SOURCE
#include <sched.h>
#endif
#include "CPlatform.h"

void cplatform_pin_to_core(int core) {
#ifdef __linux__
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
#else
  (void)core;
#endif
}
