/* The toy's ensemble by hand: the ceilings that the compiled kernels are held against.
 *
 * State of a block: rows u[n], v[n], 2 elr, each of LANES doubles. Rescaled by powers of two every 8 steps.
 */
#include <immintrin.h>
#include <stdint.h>

#define CADENCE 8

#ifdef __AVX512F__
#define WIDE 3
typedef __m512d vec;

static inline vec power_down(vec total) {
    __m512i bits = _mm512_castpd_si512(total);
    __m512i exponent = _mm512_srli_epi64(bits, 52);
    __m512i scale = _mm512_slli_epi64(_mm512_sub_epi64(_mm512_set1_epi64(2046), exponent), 52);
    return _mm512_castsi512_pd(scale);
}

#define STEP(k_, MERGED)                                                                               \
    for (int w = 0; w < WIDE; w++) {                                                                   \
        vec s0 = u0[w] + v0[w], s1 = u1[w] + v1[w], s2 = u2[w] + v2[w];                                \
        vec k = k_[w] * ((s0 + s1) + s2);                                                              \
        vec d0, d1, d2;                                                                                \
        if (MERGED) {                                                                                  \
            vec pair = s0 * s1, inverse = one / (pair * s2), rest = inverse * s2;                      \
            vec r0 = rest * s1, r1 = rest * s0, r2 = inverse * pair;                                   \
            d0 = k * (a0 * r0) * r0; d1 = k * (a1 * r1) * r1; d2 = k * (a2 * r2) * r2;                 \
        } else {                                                                                       \
            d0 = k * a0 / (s0 * s0); d1 = k * a1 / (s1 * s1); d2 = k * a2 / (s2 * s2);                 \
        }                                                                                              \
        vec x0 = one - d0 * v0[w], x1 = one - d1 * v1[w], x2 = one - d2 * v2[w];                       \
        vec y0 = one + d0 * u0[w], y1 = one + d1 * u1[w], y2 = one + d2 * u2[w];                       \
        u0[w] *= x0 * x0; u1[w] *= x1 * x1; u2[w] *= x2 * x2;                                          \
        v0[w] *= y0 * y0; v1[w] *= y1 * y1; v2[w] *= y2 * y2;                                          \
    }

#define KERNEL(NAME, MERGED)                                                                           \
    void NAME(double *state, const double *alpha, int64_t blocks, int64_t steps) {                     \
        const vec one = _mm512_set1_pd(1.0);                                                           \
        const vec a0 = _mm512_set1_pd(alpha[0]), a1 = _mm512_set1_pd(alpha[1]),                        \
                  a2 = _mm512_set1_pd(alpha[2]);                                                       \
        for (int64_t b = 0; b < blocks; b++) {                                                         \
            double *row = state + b * 7 * WIDE * 8;                                                    \
            vec u0[WIDE], u1[WIDE], u2[WIDE], v0[WIDE], v1[WIDE], v2[WIDE], rate[WIDE];                \
            for (int w = 0; w < WIDE; w++) {                                                           \
                u0[w] = _mm512_load_pd(row + 8 * w);                                                   \
                u1[w] = _mm512_load_pd(row + 8 * (WIDE + w));                                          \
                u2[w] = _mm512_load_pd(row + 8 * (2 * WIDE + w));                                      \
                v0[w] = _mm512_load_pd(row + 8 * (3 * WIDE + w));                                      \
                v1[w] = _mm512_load_pd(row + 8 * (4 * WIDE + w));                                      \
                v2[w] = _mm512_load_pd(row + 8 * (5 * WIDE + w));                                      \
                rate[w] = _mm512_load_pd(row + 8 * (6 * WIDE + w));                                    \
            }                                                                                          \
            for (int64_t t = 0; t < steps; t += CADENCE) {                                             \
                for (int w = 0; w < WIDE; w++) {                                                       \
                    vec f = power_down(((u0[w] + v0[w]) + (u1[w] + v1[w])) + (u2[w] + v2[w]));         \
                    u0[w] *= f; u1[w] *= f; u2[w] *= f; v0[w] *= f; v1[w] *= f; v2[w] *= f;            \
                }                                                                                      \
                for (int c = 0; c < CADENCE; c++) {                                                    \
                    STEP(rate, MERGED)                                                                 \
                }                                                                                      \
            }                                                                                          \
            for (int w = 0; w < WIDE; w++) {                                                           \
                _mm512_store_pd(row + 8 * w, u0[w]);                                                   \
                _mm512_store_pd(row + 8 * (WIDE + w), u1[w]);                                          \
                _mm512_store_pd(row + 8 * (2 * WIDE + w), u2[w]);                                      \
                _mm512_store_pd(row + 8 * (3 * WIDE + w), v0[w]);                                      \
                _mm512_store_pd(row + 8 * (4 * WIDE + w), v1[w]);                                      \
                _mm512_store_pd(row + 8 * (5 * WIDE + w), v2[w]);                                      \
            }                                                                                          \
        }                                                                                              \
    }

KERNEL(by_hand_merged, 1)
KERNEL(by_hand_divides, 0)
#endif

/* Any number of groups: rows u[n], v[n], 2 elr, and room for r[n], of `lanes` doubles; left to the compiler. */
#define LANES 64

void structure_of_arrays(double *restrict state, const double *alpha, int64_t n, int64_t blocks, int64_t steps) {
    double whole[LANES] __attribute__((aligned(64)));
    for (int64_t b = 0; b < blocks; b++) {
        double *restrict u = state + b * (3 * n + 1) * LANES, *restrict v = u + n * LANES;
        double *restrict rate = v + n * LANES, *restrict r = rate + LANES;
        for (int64_t t = 0; t < steps; t++) {
            if (t % CADENCE == 0) {
                for (int l = 0; l < LANES; l++) {
                    double sum = 0.0;
                    for (int64_t i = 0; i < n; i++) sum += u[i * LANES + l] + v[i * LANES + l];
                    union { double number; uint64_t bits; } scale = {.number = sum};
                    scale.bits = (2046 - (scale.bits >> 52)) << 52;
                    whole[l] = scale.number;
                }
                for (int64_t i = 0; i < n; i++)
                    for (int l = 0; l < LANES; l++) {
                        u[i * LANES + l] *= whole[l];
                        v[i * LANES + l] *= whole[l];
                    }
            }
            for (int l = 0; l < LANES; l++) whole[l] = 0.0;
            for (int64_t i = 0; i < n; i++)
                for (int l = 0; l < LANES; l++) {
                    double s = u[i * LANES + l] + v[i * LANES + l];
                    whole[l] += s;
                    r[i * LANES + l] = s * s;
                }
            for (int64_t i = 0; i < n; i++)
                for (int l = 0; l < LANES; l++) {
                    double d = rate[l] * whole[l] * alpha[i] / r[i * LANES + l];
                    double a = 1.0 - d * v[i * LANES + l], c = 1.0 + d * u[i * LANES + l];
                    u[i * LANES + l] *= a * a;
                    v[i * LANES + l] *= c * c;
                }
        }
    }
}
