"""What a network made twice: the last bits of its floats depend on the processor, the threads and the batch."""

import numpy as np


def same_picture(picture, other):
    """Whether two pictures of 8 bits are equal, but for values that lay on the border between two of the 8 bits."""
    difference = np.abs(np.int16(picture) - np.int16(other))
    return difference.max() <= 1 and (difference > 0).mean() < 0.002
