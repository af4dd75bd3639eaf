#define _GNU_SOURCE
#include "CPlatform.h"
#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#endif

void cplatform_pin_to_core(int core) {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
#else
  (void)core;
#endif
}

int cplatform_limit_memory(int process, size_t bytes) {
#if defined(__linux__)
  struct rlimit limit = {bytes, bytes};
  return prlimit(process, RLIMIT_DATA, &limit, 0);
#else
  (void)process;
  (void)bytes;
  return -1;
#endif
}
