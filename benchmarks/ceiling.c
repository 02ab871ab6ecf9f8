/* The toy's ensemble by hand: the ceilings that the compiled kernels are held against.
 *
 * State of a block: rows u[n], v[n], 2 elr, each of WIDE vectors of LANES doubles. Rescaled by powers of two every 8 steps.
 */
#include <stdint.h>

#define CADENCE 8

/* LANES doubles in a vector, WIDE vectors in flight; FIRST: all of a step's divisions before anything else. */
typedef double vec __attribute__((vector_size(8 * LANES)));
typedef uint64_t bits __attribute__((vector_size(8 * LANES)));

static inline vec power_down(vec total) { return (vec)((2046 - ((bits)total >> 52)) << 52); }

#define EACH _Pragma("GCC unroll 8") for (int w = 0; w < WIDE; w++)

#define DIVIDE(MERGED)                                                                                 \
    vec s0 = u[0][w] + v[0][w], s1 = u[1][w] + v[1][w], s2 = u[2][w] + v[2][w];                        \
    vec k = rate[w] * ((s0 + s1) + s2);                                                                \
    if (MERGED) {                                                                                      \
        vec pair = s0 * s1, inverse = 1.0 / (pair * s2), rest = inverse * s2;                          \
        vec r0 = rest * s1, r1 = rest * s0, r2 = inverse * pair;                                       \
        d[0][w] = k * (a0 * r0) * r0; d[1][w] = k * (a1 * r1) * r1; d[2][w] = k * (a2 * r2) * r2;      \
    } else {                                                                                           \
        d[0][w] = k * a0 / (s0 * s0); d[1][w] = k * a1 / (s1 * s1); d[2][w] = k * a2 / (s2 * s2);      \
    }

#define MOVE                                                                                           \
    _Pragma("GCC unroll 3") for (int i = 0; i < 3; i++) {                                              \
        vec x = 1.0 - d[i][w] * v[i][w], y = 1.0 + d[i][w] * u[i][w];                                  \
        u[i][w] *= x * x;                                                                              \
        v[i][w] *= y * y;                                                                              \
    }

#define KERNEL(NAME, MERGED)                                                                           \
    void NAME(double *state, const double *alpha, int64_t blocks, int64_t steps) {                     \
        const double a0 = alpha[0], a1 = alpha[1], a2 = alpha[2];                                      \
        for (int64_t b = 0; b < blocks; b++) {                                                         \
            vec *row = (vec *)(state + b * 7 * WIDE * LANES);                                          \
            vec u[3][WIDE], v[3][WIDE], d[3][WIDE], rate[WIDE];                                        \
            EACH {                                                                                     \
                _Pragma("GCC unroll 3") for (int i = 0; i < 3; i++) {                                  \
                    u[i][w] = row[i * WIDE + w];                                                       \
                    v[i][w] = row[(3 + i) * WIDE + w];                                                 \
                }                                                                                      \
                rate[w] = row[6 * WIDE + w];                                                           \
            }                                                                                          \
            for (int64_t t = 0; t < steps; t += CADENCE) {                                             \
                EACH {                                                                                 \
                    vec f = power_down(((u[0][w] + v[0][w]) + (u[1][w] + v[1][w])) + (u[2][w] + v[2][w])); \
                    _Pragma("GCC unroll 3") for (int i = 0; i < 3; i++) { u[i][w] *= f; v[i][w] *= f; } \
                }                                                                                      \
                for (int c = 0; c < CADENCE; c++) {                                                    \
                    if (FIRST) {                                                                       \
                        EACH { DIVIDE(MERGED) }                                                        \
                        EACH { MOVE }                                                                  \
                    } else {                                                                           \
                        EACH { DIVIDE(MERGED) MOVE }                                                   \
                    }                                                                                  \
                }                                                                                      \
            }                                                                                          \
            EACH {                                                                                     \
                _Pragma("GCC unroll 3") for (int i = 0; i < 3; i++) {                                  \
                    row[i * WIDE + w] = u[i][w];                                                       \
                    row[(3 + i) * WIDE + w] = v[i][w];                                                 \
                }                                                                                      \
            }                                                                                          \
        }                                                                                              \
    }

KERNEL(by_hand_merged, 1)
KERNEL(by_hand_divides, 0)

/* Any number of groups: rows u[n], v[n], 2 elr, and room for r[n], of `lanes` doubles; left to the compiler. */
#define ROOM 64

void structure_of_arrays(double *restrict state, const double *alpha, int64_t n, int64_t blocks, int64_t steps) {
    double whole[ROOM] __attribute__((aligned(64)));
    for (int64_t b = 0; b < blocks; b++) {
        double *restrict u = state + b * (3 * n + 1) * ROOM, *restrict v = u + n * ROOM;
        double *restrict rate = v + n * ROOM, *restrict r = rate + ROOM;
        for (int64_t t = 0; t < steps; t++) {
            if (t % CADENCE == 0) {
                for (int l = 0; l < ROOM; l++) {
                    double sum = 0.0;
                    for (int64_t i = 0; i < n; i++) sum += u[i * ROOM + l] + v[i * ROOM + l];
                    union { double number; uint64_t bits; } scale = {.number = sum};
                    scale.bits = (2046 - (scale.bits >> 52)) << 52;
                    whole[l] = scale.number;
                }
                for (int64_t i = 0; i < n; i++)
                    for (int l = 0; l < ROOM; l++) {
                        u[i * ROOM + l] *= whole[l];
                        v[i * ROOM + l] *= whole[l];
                    }
            }
            for (int l = 0; l < ROOM; l++) whole[l] = 0.0;
            for (int64_t i = 0; i < n; i++)
                for (int l = 0; l < ROOM; l++) {
                    double s = u[i * ROOM + l] + v[i * ROOM + l];
                    whole[l] += s;
                    r[i * ROOM + l] = s * s;
                }
            for (int64_t i = 0; i < n; i++)
                for (int l = 0; l < ROOM; l++) {
                    double d = rate[l] * whole[l] * alpha[i] / r[i * ROOM + l];
                    double a = 1.0 - d * v[i * ROOM + l], c = 1.0 + d * u[i * ROOM + l];
                    u[i * ROOM + l] *= a * a;
                    v[i * ROOM + l] *= c * c;
                }
        }
    }
}
