#define _GNU_SOURCE
#include "CPlatform.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif
#if defined(__linux__)
#if __has_include(<linux/close_range.h>)
#include <linux/close_range.h>
#endif
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
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

void cplatform_repeat(void (*call)(const void *), const void *context, long times) {
  for (long i = 0; i < times; i++) call(context);
}

int cplatform_pipe(int ends[2]) {
  if (pipe(ends)) return -1;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return 0;
}

int cplatform_is_ignored(int number) {
  struct sigaction action;
  return !sigaction(number, 0, &action) && action.sa_handler == SIG_IGN;
}

int cplatform_look(int process, int *code, int *number) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  while (waitid(P_PID, (id_t)process, &info, WEXITED | WNOWAIT | WNOHANG))
    if (errno != EINTR) return -1;
  if (info.si_pid != process) return 0;
  *code = info.si_code == CLD_EXITED ? info.si_status : 0;
  *number = info.si_code == CLD_EXITED ? 0 : info.si_status;
  return 1;
}

/* Everything beyond the standard streams is closed by what is run. */
static void leave_descriptors_behind(void) {
#if defined(__linux__) && defined(SYS_close_range) && defined(CLOSE_RANGE_CLOEXEC)
  if (!syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC)) return;
#endif
  long most = sysconf(_SC_OPEN_MAX);
  for (int i = 3; i < (most > 0 && most < 65536 ? most : 65536); i++) fcntl(i, F_SETFD, FD_CLOEXEC);
}

/* What the child does between its start and becoming the program. It shares the parent's memory: system calls only. */
static _Noreturn void become(char *const arguments[], char *const environment[], const int streams[3], int guardian, int report) {
  struct sigaction standard;
  memset(&standard, 0, sizeof standard);
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; number++) sigaction(number, &standard, 0);
  setpgid(0, 0);
  if (guardian >= 0) {
    char line[24];
    int length = sizeof line;
    line[--length] = '\n';
    for (pid_t rest = getpid(); rest; rest /= 10) line[--length] = (char)('0' + rest % 10);
    line[--length] = ' ';
    line[--length] = '+';
    ssize_t written = write(guardian, line + length, sizeof line - (size_t)length);
    (void)written;
    /* A guardian that somebody has killed must not end this process with it. Signals are blocked here, so that the one of a broken
       pipe waits, even were it ignored while written; ignoring it now drops it. */
    struct sigaction ignored = standard;
    ignored.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignored, 0);
    sigaction(SIGPIPE, &standard, 0);
  }
  int failed = 0;
  for (int i = 0; i < 3; i++) failed |= streams[i] == i ? fcntl(i, F_SETFD, 0) < 0 : dup2(streams[i], i) < 0;
  if (!failed) {
    leave_descriptors_behind();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    execve(arguments[0], arguments, environment);
  }
  int reason = errno;
  ssize_t written = write(report, &reason, sizeof reason);
  (void)written;
  _exit(127);
}

int cplatform_start(
    char *const arguments[], char *const environment[], int input, int output, int errors, int guardian, int *process) {
  const int streams[3] = {input, output, errors};
  int report[2];
  if (cplatform_pipe(report)) return errno;
  /* A handler of the parent's must not run in the child, which has its memory. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = vfork();
  if (child == 0) become(arguments, environment, streams, guardian, report[1]);
  int reason = child < 0 ? errno : 0;
  pthread_sigmask(SIG_SETMASK, &before, 0);
  close(report[1]);
  if (child > 0) {
    ssize_t got;
    while ((got = read(report[0], &reason, sizeof reason)) < 0 && errno == EINTR) {}
    if (got != sizeof reason) reason = 0;
    else while (waitpid(child, 0, 0) < 0 && errno == EINTR) {}
  }
  close(report[0]);
  *process = child;
  return reason;
}

#if defined(__x86_64__)
/* Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, section 10.2.3: the fields of MXCSR. */
enum {
  DENORMAL_FLAG = 1 << 1,
  UNDERFLOW_FLAG = 1 << 4,
  DENORMALS_ARE_ZEROS = 1 << 6,
  ROUNDING_FIELD = 13,
  FLUSH_TO_ZERO = 1 << 15
};
#endif

int cplatform_set_arithmetic(int mode) {
#if defined(__x86_64__)
  unsigned state = _mm_getcsr() & ~(unsigned)(DENORMALS_ARE_ZEROS | 3 << ROUNDING_FIELD | FLUSH_TO_ZERO);
  if (mode == 4) state |= DENORMALS_ARE_ZEROS | FLUSH_TO_ZERO;
  else state |= (unsigned)mode << ROUNDING_FIELD;
  _mm_setcsr(state);
  return 0;
#else
  return mode;
#endif
}

void cplatform_forget_subnormals(void) {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() & ~(unsigned)(DENORMAL_FLAG | UNDERFLOW_FLAG));
#endif
}

int cplatform_met_subnormals(void) {
#if defined(__x86_64__)
  return (_mm_getcsr() & (DENORMAL_FLAG | UNDERFLOW_FLAG)) != 0;
#else
  return 0;
#endif
}
