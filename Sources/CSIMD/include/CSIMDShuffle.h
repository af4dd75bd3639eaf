/* Shuffles of two vectors, for transpositions: each is one instruction on x86. Written lane by lane in Swift they are chains of
   insertions, which the compiler joins across stages and then cannot take apart into single instructions again. */
#ifndef CSIMD_SHUFFLE_H
#define CSIMD_SHUFFLE_H

#define CSIMD_SHUFFLE(name, vector, ...) \
  CSIMD_INLINE vector name(vector a, vector b) { return __builtin_shufflevector(a, b, __VA_ARGS__); }

/* In each four lanes a0 b0 a1 b1 and a2 b2 a3 b3. */
CSIMD_SHUFFLE(csimd_interleave_low_f32x8, csimd_f32x8,
              0, 8, 1, 9, 4, 12, 5, 13)
CSIMD_SHUFFLE(csimd_interleave_high_f32x8, csimd_f32x8,
              2, 10, 3, 11, 6, 14, 7, 15)
CSIMD_SHUFFLE(csimd_interleave_low_f32x16, csimd_f32x16,
              0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
CSIMD_SHUFFLE(csimd_interleave_high_f32x16, csimd_f32x16,
              2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)

/* In each two pairs of lanes the first pair of a, then of b; and the second ones. */
CSIMD_SHUFFLE(csimd_pairs_low_f32x8, csimd_f32x8,
              0, 1, 8, 9, 4, 5, 12, 13)
CSIMD_SHUFFLE(csimd_pairs_high_f32x8, csimd_f32x8,
              2, 3, 10, 11, 6, 7, 14, 15)
CSIMD_SHUFFLE(csimd_pairs_low_f32x16, csimd_f32x16,
              0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
CSIMD_SHUFFLE(csimd_pairs_high_f32x16, csimd_f32x16,
              2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)

/* In each two lanes a0 b0, and a1 b1. */
CSIMD_SHUFFLE(csimd_interleave_low_f64x4, csimd_f64x4,
              0, 4, 2, 6)
CSIMD_SHUFFLE(csimd_interleave_high_f64x4, csimd_f64x4,
              1, 5, 3, 7)
CSIMD_SHUFFLE(csimd_interleave_low_f64x8, csimd_f64x8,
              0, 8, 2, 10, 4, 12, 6, 14)
CSIMD_SHUFFLE(csimd_interleave_high_f64x8, csimd_f64x8,
              1, 9, 3, 11, 5, 13, 7, 15)

/* The first halves of a and b, and the second ones. */
CSIMD_SHUFFLE(csimd_halves_low_f32x8, csimd_f32x8,
              0, 1, 2, 3, 8, 9, 10, 11)
CSIMD_SHUFFLE(csimd_halves_high_f32x8, csimd_f32x8,
              4, 5, 6, 7, 12, 13, 14, 15)
CSIMD_SHUFFLE(csimd_halves_low_f64x4, csimd_f64x4,
              0, 1, 4, 5)
CSIMD_SHUFFLE(csimd_halves_high_f64x4, csimd_f64x4,
              2, 3, 6, 7)

/* Quarters 0 and 2 of a and of b, and quarters 1 and 3. */
CSIMD_SHUFFLE(csimd_quarters_even_f32x16, csimd_f32x16,
              0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
CSIMD_SHUFFLE(csimd_quarters_odd_f32x16, csimd_f32x16,
              4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
CSIMD_SHUFFLE(csimd_quarters_even_f64x8, csimd_f64x8,
              0, 1, 4, 5, 8, 9, 12, 13)
CSIMD_SHUFFLE(csimd_quarters_odd_f64x8, csimd_f64x8,
              2, 3, 6, 7, 10, 11, 14, 15)

/* Pairs from two vectors of their first and of their second scalars, and the way back. */
CSIMD_SHUFFLE(csimd_zip_low_f32x8, csimd_f32x8,
              0, 8, 1, 9, 2, 10, 3, 11)
CSIMD_SHUFFLE(csimd_zip_high_f32x8, csimd_f32x8,
              4, 12, 5, 13, 6, 14, 7, 15)
CSIMD_SHUFFLE(csimd_even_f32x8, csimd_f32x8,
              0, 2, 4, 6, 8, 10, 12, 14)
CSIMD_SHUFFLE(csimd_odd_f32x8, csimd_f32x8,
              1, 3, 5, 7, 9, 11, 13, 15)
CSIMD_SHUFFLE(csimd_zip_low_f32x16, csimd_f32x16,
              0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
CSIMD_SHUFFLE(csimd_zip_high_f32x16, csimd_f32x16,
              8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
CSIMD_SHUFFLE(csimd_even_f32x16, csimd_f32x16,
              0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
CSIMD_SHUFFLE(csimd_odd_f32x16, csimd_f32x16,
              1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
CSIMD_SHUFFLE(csimd_zip_low_f64x4, csimd_f64x4,
              0, 4, 1, 5)
CSIMD_SHUFFLE(csimd_zip_high_f64x4, csimd_f64x4,
              2, 6, 3, 7)
CSIMD_SHUFFLE(csimd_even_f64x4, csimd_f64x4,
              0, 2, 4, 6)
CSIMD_SHUFFLE(csimd_odd_f64x4, csimd_f64x4,
              1, 3, 5, 7)
CSIMD_SHUFFLE(csimd_zip_low_f64x8, csimd_f64x8,
              0, 8, 1, 9, 2, 10, 3, 11)
CSIMD_SHUFFLE(csimd_zip_high_f64x8, csimd_f64x8,
              4, 12, 5, 13, 6, 14, 7, 15)
CSIMD_SHUFFLE(csimd_even_f64x8, csimd_f64x8,
              0, 2, 4, 6, 8, 10, 12, 14)
CSIMD_SHUFFLE(csimd_odd_f64x8, csimd_f64x8,
              1, 3, 5, 7, 9, 11, 13, 15)

/* The last lane of a, then b without its last lane: b moved up by one lane. */
CSIMD_SHUFFLE(csimd_moved_up_f64x4, csimd_f64x4,
              3, 4, 5, 6)
CSIMD_SHUFFLE(csimd_moved_up_f64x8, csimd_f64x8,
              7, 8, 9, 10, 11, 12, 13, 14)

#undef CSIMD_SHUFFLE

#endif
