/* Weight decay by hand: the ceilings of the beta-ensembles and of the planar loss.
 *
 * beta_constant: WIDE vectors of LANES sequences stay in registers over the time loop. planar: one trajectory in scalars.
 */
#include <math.h>
#include <stdint.h>

typedef double vec __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

#define EACH _Pragma("GCC unroll 8") for (int w = 0; w < WIDE; w++)

void beta_constant(double *x, const double *keep, const double *beta, int64_t lanes, int64_t steps) {
    for (int64_t first = 0; first < lanes; first += LANES * WIDE) {
        vec *rows = (vec *)(x + first), v[WIDE], k[WIDE], b[WIDE];
        EACH {
            v[w] = rows[w];
            k[w] = ((const vec *)(keep + first))[w];
            b[w] = ((const vec *)(beta + first))[w];
        }
        for (int64_t t = 0; t < steps; t++)
            EACH v[w] = k[w] * v[w] + b[w] / v[w];
        EACH rows[w] = v[w];
    }
}

void planar(double *w, const double *a, const double *b, int64_t waves, double lr, double wd, int64_t steps) {
    double x = w[0], y = w[1], keep = 1.0 - lr * wd;
    for (int64_t t = 0; t < steps; t++) {
        double rho = sqrt(x * x + y * y), c = x / rho, s = y / rho;
        double ck = c, sk = s, slope = b[1] * c - a[1] * s;
        for (int64_t k = 2; k <= waves; k++) {
            double next = ck * c - sk * s;
            sk = sk * c + ck * s;
            ck = next;
            slope += (double)k * (b[k] * ck - a[k] * sk);
        }
        double push = slope / (x * x + y * y), gx = -push * y, gy = push * x;
        x = keep * x - lr * gx;
        y = keep * y - lr * gy;
    }
    w[0] = x;
    w[1] = y;
}
