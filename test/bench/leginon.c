/*
 * Leginon's corrections as plain C, one pass after another on whole float32 images: what the basis "inline" of the time given
 * back is compared with. Prints milliseconds of processor time: flat-field, clip, despike, statistics; fastest of five turns.
 *
 *   gcc -O2 -ffp-contract=off leginon.c -lm -o leginon && ./leginon 4096
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void flat_field(const uint16_t *raw, const float *dark, const float *norm, float *image, long n) {
  for (long i = 0; i < n; i++) image[i] = (float)raw[i] - dark[i];
  for (long i = 0; i < n; i++) image[i] *= norm[i];
  for (long i = 0; i < n; i++) if (!isfinite(image[i])) image[i] = 0;
}

static void clip(float *image, long n, float low, float high) {
  for (long i = 0; i < n; i++) image[i] = image[i] < low ? low : image[i] > high ? high : image[i];
}

static int despike(float *image, int height, int width, int size, float threshold) {
  int half = (size - 1) / 2, replaced = 0;
  float n = size * size - 1;
  for (int row = half; row < height - half; row++) {
    float s = 0, q = 0, *corner = image + (long)(row - half) * width, *x = image + (long)row * width + half;
    for (int i = 0; i < size; i++)
      for (int j = 0; j < size; j++) {
        float value = corner[(long)i * width + j];
        s += value;
        q += value * value;
      }
    s -= *x;
    q -= *x * *x;
    for (int col = half;; col++) {
      float mean = s / n, deviation = sqrt((double)(q / n - mean * mean));
      if (fabs(*x - mean) > (double)(float)(threshold * deviation)) {
        *x = mean;
        replaced++;
      }
      if (col + 1 >= width - half) break;
      s += *x;
      q += *x * *x;
      float *line = corner;
      for (int i = 0; i < size; i++, line += width) {
        float leaving = line[0], entering = line[size];
        s -= leaving;
        q -= leaving * leaving;
        s += entering;
        q += entering * entering;
      }
      corner++;
      x++;
      s -= *x;
      q -= *x * *x;
    }
  }
  return replaced;
}

static double statistics(const float *image, long n) {
  double min = image[0], max = image[0], mean = 0, spread = 0;
  for (long i = 0; i < n; i++) {
    double x = image[i], distance = x - mean;
    if (x < min) min = x;
    if (x > max) max = x;
    mean += distance / (i + 1);
    spread += distance * (x - mean);
  }
  return min + max + mean + sqrt(spread / n);
}

static uint32_t state = 2007;
static int bits(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return __builtin_popcount(state);
}

int main(int argc, char **argv) {
  int side = argc > 1 ? atoi(argv[1]) : 4096;
  long n = (long)side * side;
  uint16_t *raw = malloc(n * 2);
  float *dark = malloc(n * 4), *norm = malloc(n * 4), *image = malloc(n * 4);
  for (long i = 0; i < n; i++) {
    raw[i] = 372 + 8 * bits();
    dark[i] = bits() / 8.0f;
    norm[i] = 1 + (bits() - 16) / 200.0f;
  }
  double best[4] = {1e9, 1e9, 1e9, 1e9}, sink = 0;
  for (int turn = 0; turn < 6; turn++) {
    double t[5];
    t[0] = now();
    flat_field(raw, dark, norm, image, n);
    t[1] = now();
    clip(image, n, 0, 65535);
    t[2] = now();
    sink += despike(image, side, side, 11, 3.5f);
    t[3] = now();
    sink += statistics(image, n);
    t[4] = now();
    for (int i = 0; i < 4; i++) if (turn > 0 && t[i + 1] - t[i] < best[i]) best[i] = t[i + 1] - t[i];
  }
  printf("%.1f %.1f %.1f %.1f\n", best[0], best[1], best[2], best[3]);
  return sink == 0;
}
