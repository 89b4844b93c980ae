"""How good a picture is, one function a metric.

Pictures are compared as a viewer sees them: uint8 RGB, (N, H, W, 3), clipped and rounded by `ae.image.color.to_u8`.
Every function takes (truth, prediction), one truth for each prediction or one for all, and returns one float64 an
image, (N,). `METRICS` is the table of them all: whatever is measured, shown and published takes its names and formats
from there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ae.image.color import lab, luma

EXACT_MATCH_DB = 100.0
SSIM_WINDOW = 11


def accuracy(truth, prediction):
    """The report's: the share of pixels whose brightest channel is right, ties to the first.

    It is what Keras computes for `metrics=["accuracy"]` on RGB. Shares in [0, 1].
    """
    return (_brightest(truth) == _brightest(prediction)).mean((1, 2), dtype=np.float64)


def mse(truth, prediction):
    """Mean squared error of values in [0, 1]."""
    return np.square(_difference(truth, prediction)).mean((1, 2, 3), dtype=np.float64)


def mae(truth, prediction):
    """Mean absolute error of values in [0, 1]."""
    return np.abs(_difference(truth, prediction)).mean((1, 2, 3), dtype=np.float64)


def psnr(truth, prediction):
    """Peak signal-to-noise ratio in dB (ITU-T J.340), peak 1; an exact match counts as 100 dB."""
    return decibels(mse(truth, prediction))


def decibels(mse):
    """Returns the PSNR of a mean squared error, or of an array of them."""
    exact = mse == 0
    return np.where(exact, EXACT_MATCH_DB, -10 * np.log10(np.where(exact, 1, mse)))


def ssim(truth, prediction):
    """Structural similarity of the luma, Wang et al. 2004: an 11×11 Gaussian window of sigma 1.5, in [-1, 1].

    The mean over the windows that lie wholly in the image; each side is at least 11 pixels.
    """
    x, y = (luma(images.astype(np.float32) / 255)[..., 0] for images in (truth, prediction))
    planes = x, y, x * x, y * y, x * y
    ends = np.cumsum([len(plane) for plane in planes])
    mean_x, mean_y, mean_xx, mean_yy, mean_xy = np.split(_window(np.concatenate(planes)), ends[:-1])
    variance_x, variance_y = mean_xx - mean_x**2, mean_yy - mean_y**2
    covariance = mean_xy - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    similarity = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    )
    return similarity.mean((1, 2), dtype=np.float64)


def chroma_error(truth, prediction):
    """Mean ΔE in CIELAB (CIE 1976): the distance of two colors, about 2.3 being just noticeable."""
    return np.linalg.norm(lab(truth) - lab(prediction), axis=-1).mean((1, 2), dtype=np.float64)


def colorfulness(truth, prediction):
    """Colourfulness M3 of the prediction alone (Hasler & Süsstrunk 2003): 0 is gray, 109 extremely colorful."""
    red, green, blue = np.moveaxis(prediction.astype(np.float64), -1, 0)
    opponents = np.stack([red - green, (red + green) / 2 - blue])
    spread = np.sqrt(opponents.var((2, 3)).sum(0))
    return spread + 0.3 * np.sqrt((opponents.mean((2, 3)) ** 2).sum(0))


def within_2_percent(truth, prediction):
    """The share of pixels that are right to 2 % in all three CIELAB channels, as Nazeri et al. 2018 count."""
    return _within(truth, prediction, 2)


def within_5_percent(truth, prediction):
    """The share of pixels that are right to 5 % in all three CIELAB channels, as Nazeri et al. 2018 count."""
    return _within(truth, prediction, 5)


def _within(truth, prediction, percent):
    """Rounded L, a and b, whose ranges are 100, 220 and 220 there."""
    difference = np.abs(np.round(lab(truth)) - np.round(lab(prediction)))
    return (difference <= np.float32([percent, 2.2 * percent, 2.2 * percent])).all(-1).mean((1, 2), dtype=np.float64)


def _brightest(rgb):
    """What `np.argmax(rgb, -1)` gives, in less than half of the time."""
    red, green, blue = np.moveaxis(rgb, -1, 0)
    return np.where(blue > np.maximum(red, green), np.uint8(2), green > red)


def _window(planes):
    """The Gaussian-weighted mean around every pixel with a full window: (N, H, W) to (N, H - 10, W - 10)."""
    weights = np.exp(-np.square(np.arange(-5, 6)) / (2 * 1.5**2)).astype(planes.dtype)
    weights /= weights.sum()
    for axis in (1, 2):
        planes = np.lib.stride_tricks.sliding_window_view(planes, SSIM_WINDOW, axis) @ weights
    return planes


def _difference(truth, prediction):
    return np.subtract(truth, prediction, dtype=np.float32) / 255


@dataclass(frozen=True)
class Metric:
    """`name` is for the head of a column, `title` says it in full, `meaning` in a sentence.

    `form` is the format of a number, `unit` what follows it. `task` is that of a model whose pictures alone it can
    judge, None for any.
    """

    id: str
    function: Callable
    name: str
    title: str
    form: str
    unit: str
    meaning: str
    task: str | None = None

    def text(self, value):
        """Returns a number as it is shown, with its unit."""
        return f"{value:{self.form}} {self.unit}".rstrip()


METRICS = {
    metric.id: metric
    for metric in [
        Metric(
            "accuracy",
            accuracy,
            "accuracy",
            "Accuracy (brightest channel)",
            ".1%",
            "",
            "The report's: the share of pixels whose brightest channel is right.",
        ),
        Metric("mse", mse, "MSE", "Mean squared error", ".5f", "", "The mean squared error of values from 0 to 1."),
        Metric("mae", mae, "MAE", "Mean absolute error", ".4f", "", "The mean absolute error of values from 0 to 1."),
        Metric(
            "psnr",
            psnr,
            "PSNR",
            "Peak signal-to-noise ratio",
            ".2f",
            "dB",
            "How far the error lies below the brightest signal; an exact match counts as 100 dB.",
        ),
        Metric(
            "ssim",
            ssim,
            "SSIM",
            "Structural similarity",
            ".4f",
            "",
            "How alike the structures of the luma are, 1 being the same (Wang et al. 2004).",
        ),
        Metric(
            "chroma_error",
            chroma_error,
            "ΔE",
            "Color error (ΔE)",
            ".2f",
            "",
            "The mean distance of a color from the true one in CIELAB; about 2.3 is just noticeable.",
            "colorize",
        ),
        Metric(
            "colorfulness",
            colorfulness,
            "colorfulness",
            "Colorfulness",
            ".1f",
            "",
            "How colorful the picture is, 0 being gray and 109 extremely colorful (Hasler & Süsstrunk 2003).",
            "colorize",
        ),
        Metric(
            "within_2_percent",
            within_2_percent,
            "within 2 %",
            "Pixels within 2 %",
            ".1%",
            "",
            "The share of pixels that are right to 2 % in all three CIELAB channels (Nazeri et al. 2018).",
            "colorize",
        ),
        Metric(
            "within_5_percent",
            within_5_percent,
            "within 5 %",
            "Pixels within 5 %",
            ".1%",
            "",
            "The share of pixels that are right to 5 % in all three CIELAB channels (Nazeri et al. 2018).",
            "colorize",
        ),
    ]
}


def captions(values):
    """Returns {metric id: number} in words, "PSNR 27.95 dB" for one, a list."""
    return [f"{METRICS[i].name} {METRICS[i].text(value)}" for i, value in values.items()]
