"""What a model is trained on or measured on: images, and what is known of each."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Split:
    """`images_u8`: uint8 (N, H, W, 3), RGB; `labels`: (N,), indices into `cifar10.CLASSES` or the photos' file names.

    `kinds`: str (N,), what each photo is of, "scene" among them; None of CIFAR-10.
    """

    images_u8: np.ndarray
    labels: np.ndarray
    kinds: np.ndarray | None = None

    def __len__(self):
        return len(self.images_u8)

    def __getitem__(self, index):
        return Split(self.images_u8[index], self.labels[index], None if self.kinds is None else self.kinds[index])
