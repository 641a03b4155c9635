"""Flat-field, clip and statistics with numpy, as Leginon computes them; prints milliseconds, fastest of five turns.

Despike is not in it: Leginon has C code for that.
"""

import sys
import time

import numpy as np

side = int(sys.argv[1])
draw = np.random.default_rng(2007)
raw = draw.poisson(500, (side, side)).astype(np.uint16)
dark = draw.normal(2, 0.3, (side, side)).astype(np.float32)
norm = draw.normal(1, 0.01, (side, side)).astype(np.float32)


def flat_field(_):
    image = (raw - dark) * norm
    return np.where(np.isfinite(image), image, np.float32(0))


def clip(image):
    return np.clip(image, 0, 65535)


def statistics(image):
    image.min(), image.max(), image.mean(), image.std()
    return image


best = [1e9, 1e9, 1e9]
for turn in range(6):
    image = None
    for i, work in enumerate((flat_field, clip, statistics)):
        began = time.thread_time()
        image = work(image)
        if turn > 0:
            best[i] = min(best[i], 1000 * (time.thread_time() - began))
print(*("%.1f" % ms for ms in best))
