"""What people have: flat-field, despike, clip, statistics, conversion with numpy and scipy.ndimage or OpenCV.

Called with raw, dark and norm as float32 or uint16 pixels behind an MRC header of 1024 bytes, and the side in px. Each
line on stdin names a way, each line on stdout is its time in milliseconds; "ready" lists the ways that are installed.
"""

import sys
import time

import numpy as np

SIZE, THRESHOLD = 11, 3.5
raw_file, dark_file, norm_file, side = sys.argv[1:5]
shape = (int(side), int(side))


def pixels(file, dtype):
    return np.fromfile(file, dtype, offset=1024).reshape(shape)


raw, dark, norm = pixels(raw_file, np.uint16), pixels(dark_file, np.float32), pixels(norm_file, np.float32)


def correct(mean_filter):
    image = (raw.astype(np.float32) - dark) * norm
    mean = mean_filter(image)
    spread = mean_filter(image * image) - mean * mean
    image = np.where((image - mean) ** 2 > THRESHOLD**2 * spread, mean, image)
    image = np.clip(image, 0, 65535)
    statistics = image.min(), image.max(), image.mean(), image.std()
    return np.rint(image).astype(np.uint16), statistics


ways = {}
try:
    from scipy.ndimage import uniform_filter

    ways["scipy"] = lambda image: uniform_filter(image, SIZE, mode="nearest")
except ImportError:
    pass
try:
    import cv2

    cv2.setNumThreads(1)
    ways["opencv"] = lambda image: cv2.boxFilter(image, -1, (SIZE, SIZE), borderType=cv2.BORDER_REPLICATE)
except ImportError:
    pass

print("ready", *ways, flush=True)
for line in sys.stdin:
    began = time.perf_counter()
    correct(ways[line.strip()])
    print((time.perf_counter() - began) * 1000, flush=True)
