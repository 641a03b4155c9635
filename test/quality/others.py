"""Despikes an image with what other people use, once per setting: others.py METHOD IN OUT WIDTH HEIGHT, float32 pixels."""
import sys

import numpy as np


def opencv(image):
    import cv2
    cv2.setNumThreads(1)
    median = cv2.medianBlur(image, 5)
    deviation = 1.4826 * cv2.medianBlur(np.abs(image - median), 5)
    for threshold in (5, 6, 8, 10, 14):
        yield np.where(image - median > threshold * deviation, median, image)


def lacosmic(image):
    from astroscrappy import detect_cosmics
    # The gain as the noise of this image has it, from its own pixels.
    level = max(float(np.median(image)), 1.0)
    noise = 1.4826 * np.median(np.abs(np.diff(image, axis=1))) / np.sqrt(2)
    for sigma in (4.5, 7, 10):
        mask, clean = detect_cosmics(image, sigclip=sigma, gain=max(level / max(noise, 0.5) ** 2, 1e-3), readnoise=3.0)
        # The other pixels come back rounded.
        yield np.where(mask, clean, image)


METHODS = {"opencv": opencv, "lacosmic": lacosmic}

method, source, target, width, height = sys.argv[1:]
image = np.fromfile(source, np.float32).reshape(int(height), int(width))
with open(target, "wb") as out:
    for result in METHODS[method](image):
        out.write(np.ascontiguousarray(result, np.float32).tobytes())
