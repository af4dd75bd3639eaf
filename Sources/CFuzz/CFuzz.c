#define _GNU_SOURCE
#include "CFuzz.h"
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The counters that the fuzzer watches: the linker's names for the section that the instrumentation fills. */
extern uint8_t __start___sancov_cntrs[] __attribute__((visibility("hidden")));
extern uint8_t __stop___sancov_cntrs[] __attribute__((visibility("hidden")));

static uint8_t *shared_counters(size_t bytes) {
  static uint8_t *shared;
  if (!shared) {
    shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) abort();
  }
  return shared;
}

cfuzz_ending cfuzz_in_child(int (*body)(void *), void *context, unsigned seconds) {
  size_t bytes = (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs);
  uint8_t *shared = shared_counters(bytes);
  memcpy(shared, __start___sancov_cntrs, bytes);
  pid_t child = fork();
  if (child < 0) abort();
  if (child == 0) {
    /* The fuzzer handles these; here they must end the child. */
    const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGTRAP, SIGALRM, SIGXFSZ};
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) signal(deadly[i], SIG_DFL);
    alarm(seconds);
    int code = body(context);
    memcpy(shared, __start___sancov_cntrs, bytes);
    _exit(code);
  }
  int status = 0;
  struct rusage used;
  while (wait4(child, &status, 0, &used) < 0)
    if (errno != EINTR) abort();
  memcpy(__start___sancov_cntrs, shared, bytes);
  cfuzz_ending ending = {0};
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  else ending.code = WEXITSTATUS(status);
  ending.peak_bytes = (size_t)used.ru_maxrss * 1024;
  return ending;
}
