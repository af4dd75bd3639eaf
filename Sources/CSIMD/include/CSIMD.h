/* Vector operations that Swift's SIMD types lack or compile badly, as inline functions on the types that Swift imports as
   SIMD4<Double>, SIMD8<Float>, SIMD8<Double> and SIMD16<Float>. No intrinsics: clang's vector builtins compile for every
   architecture, and whoever imports this header decides the instruction set by its own flags. */
#ifndef CSIMD_H
#define CSIMD_H

#define CSIMD_INLINE static inline __attribute__((always_inline))

typedef float csimd_f32x8 __attribute__((ext_vector_type(8)));
typedef float csimd_f32x16 __attribute__((ext_vector_type(16)));
typedef double csimd_f64x4 __attribute__((ext_vector_type(4)));
typedef double csimd_f64x8 __attribute__((ext_vector_type(8)));

/* a * b + c, fused where the machine can: a fused operation without the instruction is a library call per lane. */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define CSIMD_MULTIPLY_ADD(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define CSIMD_MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

#define CSIMD_OPERATIONS(vector, suffix)                                                          \
  CSIMD_INLINE vector csimd_multiply_add_##suffix(vector a, vector b, vector c) {                 \
    return CSIMD_MULTIPLY_ADD(a, b, c);                                                           \
  }                                                                                               \
  CSIMD_INLINE vector csimd_minimum_##suffix(vector a, vector b) { return __builtin_elementwise_min(a, b); } \
  CSIMD_INLINE vector csimd_maximum_##suffix(vector a, vector b) { return __builtin_elementwise_max(a, b); } \
  /* Whether every lane lies between -bound and bound; false where one is no number. */                        \
  CSIMD_INLINE _Bool csimd_within_##suffix(vector a, vector bound) {                              \
    return __builtin_reduce_and((a <= bound) & (a >= -bound)) != 0;                               \
  }

CSIMD_OPERATIONS(csimd_f32x8, f32x8)
CSIMD_OPERATIONS(csimd_f32x16, f32x16)
CSIMD_OPERATIONS(csimd_f64x4, f64x4)
CSIMD_OPERATIONS(csimd_f64x8, f64x8)

/* Asks for the line at the address to be brought into the second-level cache; any address will do. */
CSIMD_INLINE void csimd_prefetch(const void *address) { __builtin_prefetch(address, 0, 2); }

/* Stores a vector at an address that is a multiple of its size, past the caches. Such stores are unordered until the fence. */
CSIMD_INLINE void csimd_stream_f32x8(float *address, csimd_f32x8 a) {
  __builtin_nontemporal_store(a, (csimd_f32x8 *)address);
}
CSIMD_INLINE void csimd_stream_f32x16(float *address, csimd_f32x16 a) {
  __builtin_nontemporal_store(a, (csimd_f32x16 *)address);
}
CSIMD_INLINE void csimd_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

/* Tells the processor that the loop waits for another core. */
CSIMD_INLINE void csimd_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Double lanes as the working precision of variants in float: conversions, and the rounding error of a product. */
typedef float csimd_f32x4 __attribute__((ext_vector_type(4)));

CSIMD_INLINE csimd_f64x4 csimd_widen_f32x4(csimd_f32x4 a) { return __builtin_convertvector(a, csimd_f64x4); }
CSIMD_INLINE csimd_f64x8 csimd_widen_f32x8(csimd_f32x8 a) { return __builtin_convertvector(a, csimd_f64x8); }
CSIMD_INLINE csimd_f32x4 csimd_narrow_f64x4(csimd_f64x4 a) { return __builtin_convertvector(a, csimd_f32x4); }
CSIMD_INLINE csimd_f32x8 csimd_narrow_f64x8(csimd_f64x8 a) { return __builtin_convertvector(a, csimd_f32x8); }

/* c - a * b, fused where the machine can. Swift's vectors negate by subtracting from 0, which does not fuse. */
CSIMD_INLINE csimd_f64x4 csimd_subtract_product_f64x4(csimd_f64x4 c, csimd_f64x4 a, csimd_f64x4 b) {
  return CSIMD_MULTIPLY_ADD(-a, b, c);
}
CSIMD_INLINE csimd_f64x8 csimd_subtract_product_f64x8(csimd_f64x8 c, csimd_f64x8 a, csimd_f64x8 b) {
  return CSIMD_MULTIPLY_ADD(-a, b, c);
}

/* a * b - p exactly, p being the rounded product: by Dekker's splitting where nothing fuses. */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define CSIMD_PRODUCT_ERROR(vector, suffix)                                                       \
  CSIMD_INLINE vector csimd_product_error_##suffix(vector a, vector b, vector p) {                \
    return __builtin_elementwise_fma(a, b, -p);                                                   \
  }
#else
#define CSIMD_PRODUCT_ERROR(vector, suffix)                                                       \
  CSIMD_INLINE vector csimd_product_error_##suffix(vector a, vector b, vector p) {                \
    vector ca = 134217729.0 * a, cb = 134217729.0 * b;                                            \
    vector ah = ca - (ca - a), bh = cb - (cb - b);                                                \
    vector al = a - ah, bl = b - bh;                                                              \
    return ((ah * bh - p) + ah * bl + al * bh) + al * bl;                                         \
  }
#endif
CSIMD_PRODUCT_ERROR(csimd_f64x4, f64x4)
CSIMD_PRODUCT_ERROR(csimd_f64x8, f64x8)

/* 1/a within an ulp where it and a are normal numbers. A division holds the divider for as long as a dozen multiplications, so where
   the machine estimates reciprocals to 14 bits, Newton's iteration doubles them: to 28, and in double to 56. */
#if defined(__AVX512F__)
typedef float csimd_native_f32x16 __attribute__((vector_size(64)));
typedef double csimd_native_f64x8 __attribute__((vector_size(64)));

CSIMD_INLINE csimd_f32x16 csimd_reciprocal_f32x16(csimd_f32x16 a) {
  csimd_native_f32x16 native = (csimd_native_f32x16)a;
  csimd_f32x16 r = (csimd_f32x16)__builtin_ia32_rcp14ps512_mask(native, native, (unsigned short)-1);
  return __builtin_elementwise_fma(r, __builtin_elementwise_fma(-a, r, (csimd_f32x16)1.0f), r);
}
CSIMD_INLINE csimd_f64x8 csimd_reciprocal_f64x8(csimd_f64x8 a) {
  csimd_native_f64x8 native = (csimd_native_f64x8)a;
  csimd_f64x8 r = (csimd_f64x8)__builtin_ia32_rcp14pd512_mask(native, native, (unsigned char)-1);
  r = __builtin_elementwise_fma(r, __builtin_elementwise_fma(-a, r, (csimd_f64x8)1.0), r);
  return __builtin_elementwise_fma(r, __builtin_elementwise_fma(-a, r, (csimd_f64x8)1.0), r);
}
#endif

#include "CSIMDShuffle.h"

#endif
