#define _GNU_SOURCE
#include "CPlatform.h"
#if defined(__linux__)
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
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

void cplatform_limit_further_memory(size_t bytes) {
#if defined(__linux__)
  /* The sixth field of statm: pages of data, the stack among them, which RLIMIT_DATA does not count. */
  unsigned long data;
  FILE *statm = fopen("/proc/self/statm", "r");
  if (!statm) return;
  int found = fscanf(statm, "%*u %*u %*u %*u %*u %lu", &data);
  fclose(statm);
  struct rlimit limit;
  if (found != 1 || getrlimit(RLIMIT_DATA, &limit)) return;
  rlim_t held = (rlim_t)data * (rlim_t)sysconf(_SC_PAGESIZE);
  rlim_t most = bytes > RLIM_INFINITY - held ? RLIM_INFINITY : held + bytes;
  limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
  setrlimit(RLIMIT_DATA, &limit);
#else
  (void)bytes;
#endif
}

/* Of AddressSanitizer's runtime; null without it. */
#if defined(__ELF__)
void __asan_poison_memory_region(const void *, size_t) __attribute__((weak));
void __asan_unpoison_memory_region(const void *, size_t) __attribute__((weak));
#endif

void cplatform_forbid(const void *start, size_t bytes) {
#if defined(__ELF__)
  if (__asan_poison_memory_region) __asan_poison_memory_region(start, bytes);
#else
  (void)start;
  (void)bytes;
#endif
}

void cplatform_allow(const void *start, size_t bytes) {
#if defined(__ELF__)
  if (__asan_unpoison_memory_region) __asan_unpoison_memory_region(start, bytes);
#else
  (void)start;
  (void)bytes;
#endif
}
