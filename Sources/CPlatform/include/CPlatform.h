/* What the C library and the system know of memory, processors and processes, which Swift's Glibc module does not show. */
#ifndef CPLATFORM_H
#define CPLATFORM_H
#include <stddef.h>
#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif

/* Bytes in use on the heap, over all arenas and mapped blocks; 0 where the C library does not tell. */
static inline size_t cplatform_heap_bytes(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

/* Keeps the calling thread on one core, from 0; nothing where the system has no such call. */
void cplatform_pin_to_core(int core);

/* Limits the writable private memory that a process may still allocate: its data, heap and anonymous mappings, RLIMIT_DATA. 0 done,
   -1 where the system refuses or cannot limit another process. */
int cplatform_limit_memory(int process, size_t bytes);

/* Limits the memory of that kind which this process may allocate from now on. Replaces the limit that an earlier call set; nothing where
   the system has no such limit. */
void cplatform_limit_further_memory(size_t bytes);

/* Calls a function so many times. Kept under this name whatever the optimizer does, so that tools can find what is measured. */
void cplatform_repeat(void (*call)(const void *), const void *context, long times);

/* Makes AddressSanitizer report any access to these bytes, where the build has it; nothing elsewhere. */
void cplatform_forbid(const void *start, size_t bytes);

/* Takes that back. */
void cplatform_allow(const void *start, size_t bytes);

/* A pipe whose ends are closed by programs that are run. 0 done, else -1 and errno. */
int cplatform_pipe(int ends[2]);

/* Whether a signal is ignored. */
int cplatform_is_ignored(int number);

/* Starts a program, by the path that is its first argument, as the leader of a process group, with these standard streams and no other
   descriptor, and signals as they are by default. Before it becomes the program it writes `+ NUMBER`, a line, to guardian, if that is not
   negative. 0 done, else the reason as errno has it. */
int cplatform_start(
    char *const arguments[], char *const environment[], int input, int output, int errors, int guardian, int *process);

/* Whether a child has ended, 1 or 0, with which code or by which signal; -1 where there is none. It can still be waited for. */
int cplatform_look(int process, int *code, int *number);

/* How the calling thread computes in 32 and 64 bits: 0 as IEEE 754 has it by default; 1, 2 and 3 round down, up and towards zero; 4 takes
   subnormal operands and results for zero. Not 0 where the processor cannot. */
int cplatform_set_arithmetic(int mode);

/* Forgets that the calling thread's arithmetic has met subnormal numbers. */
void cplatform_forget_subnormals(void);

/* Whether it has since: read one, or rounded a result to one. */
int cplatform_met_subnormals(void);

#endif
