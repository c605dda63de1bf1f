/* Softmax of rows in C: float32, contiguous, the last axis. */
#include <math.h>
#include <stddef.h>

void softmax_rows(const float *x, float *out, ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *row = x + i * n;
        float *p = out + i * n;
        float top = -INFINITY;
        double sum = 0;
        for (ptrdiff_t j = 0; j < n; j++)
            if (row[j] > top || isnan(row[j])) top = row[j];
        for (ptrdiff_t j = 0; j < n; j++) sum += p[j] = expf(row[j] - top);
        for (ptrdiff_t j = 0; j < n; j++) p[j] = (float)(p[j] / sum);
    }
}
