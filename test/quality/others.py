"""Despikes an image with what other people use: others.py METHOD IN OUT WIDTH HEIGHT, float32 pixels. Prints the seconds."""
import sys
import time

import numpy as np


def hampel(size, threshold, image):
    from scipy.ndimage import median_filter
    median = median_filter(image, size, mode="mirror")
    deviation = 1.4826 * median_filter(np.abs(image - median), size, mode="mirror")
    return np.where(image - median > threshold * deviation, median, image)


def opencv(image):
    import cv2
    cv2.setNumThreads(1)
    median = cv2.medianBlur(image, 5)
    deviation = 1.4826 * cv2.medianBlur(np.abs(image - median), 5)
    return np.where(image - median > 6 * deviation, median, image)


def lacosmic(image, **camera):
    from astroscrappy import detect_cosmics
    return detect_cosmics(image, **camera)[1]


def cosmicray_median(image):
    import ccdproc
    # By itself it takes the deviation of the whole image and finds nothing: the noise of this image instead.
    noise = 1.4826 * np.median(np.abs(np.diff(image, axis=1))) / np.sqrt(2)
    return ccdproc.cosmicray_median(image, error_image=np.full_like(image, noise), thresh=5, mbox=11)[0]


METHODS = {
    "scipy 5x5/6": lambda image: hampel(5, 6, image),
    "scipy 7x7/8": lambda image: hampel(7, 8, image),
    "OpenCV 5x5/6": opencv,
    "L.A.Cosmic": lacosmic,
    # What the simulated camera really is.
    "L.A.Cosmic, true gain": lambda image: lacosmic(image, gain=1.0, readnoise=3.0),
    "cosmicray_median": cosmicray_median,
}

method, source, target, width, height = sys.argv[1:]
image = np.fromfile(source, np.float32).reshape(int(height), int(width))
METHODS[method](image[:64, :64].copy())  # imports and first-call costs
began = time.perf_counter()
out = METHODS[method](image)
print(time.perf_counter() - began)
np.asarray(out, np.float32).tofile(target)
