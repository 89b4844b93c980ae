"""What a network made twice: the last bits of its floats depend on the processor, the threads and the batch."""

import numpy as np


def same_picture(picture, other):
    """Whether two pictures of 8 bits are equal, but for values that lay on the border between two of the 8 bits."""
    difference = np.abs(np.int16(picture) - np.int16(other))
    return difference.max() <= 1 and (difference > 0).mean() < 0.002


def near(array, other, tolerance):
    """Whether two arrays of one shape differ by no more than that anywhere, as `pytest.approx` says after seconds."""
    return np.shape(array) == np.shape(other) and bool((np.abs(np.subtract(array, other)) <= tolerance).all())
