"""What the tab "Report" says."""

TABLE = """## Every model and baseline on the same 5,000 test images
“Test %” is the report's accuracy: the share of pixels whose brightest channel is right, which is what Keras computes
for `metrics=["accuracy"]` on RGB. It says little: answering “red” everywhere scores {red:.1%}, since red is the
brightest channel of that many pixels. MSE, PSNR and SSIM compare the pictures at 8 bits. Three of the report's
models were trained from five seeds: mean ± standard deviation; the one shown is that of the lowest validation loss. The
baselines, below the models, use no network."""
TABLE_LABEL = "Models and baselines; a click on the head of a column sorts"
COLUMNS = [
    "Model",
    "Kind",
    "Parameters",
    "Latent",
    "Report train %",
    "Report test %",
    "Train %",
    "Test %",
    "Test %, five seeds",
]
IN_SHORT = "In short"
CITED = """The report: Foti Kerkeshi, <cite>Using a Deep Learning Framework: Autoencoders</cite>, November 2022.
All numbers below are of images that no training has seen, and “train” is said where they are not."""
CODE = '<a href="{url}">The code, the weights and every number</a>.'
COLORS = "Colorizations: more numbers, at every vividness and with hints"
COLORIZATIONS = """Of a colorization there is more to say: the mean distance of its colors from the true ones in
CIELAB (ΔE), how colorful it is (Hasler & Süsstrunk 2003), and the share of pixels that are right to 2 % and to 5 % in
all three CIELAB channels (Nazeri et al. 2018)."""
COLORIZATIONS_LABEL = "Colors on the same test images"
VIVIDNESS = """Our own colorizers keep the photo's luma and say how likely every color is. Vividness 0 is the
mean of the likely colors, 1 the most colorful of them; a hint is a small patch of the true color. Colorfulness is the
share of the originals'."""
VIVIDNESS_LABEL = "Colors by vividness and with hints"
LAYERS_TABLE = "The layers as a table"
QUALITY_ALT = "Mean PSNR on the test images against the size of the latent, one point a model or baseline"
QUALITY_LATENT = "numbers in the latent of a 32 × 32 image (logarithmic)"
QUALITY_PSNR = "PSNR in dB; an exact match, 100 dB, at the top"
QUALITY_POINT = "{title}, {psnr:.1f} dB"
QUALITY_CAPTION = """Teal: the report's models. Orange: ours. Gray: baselines, which need no network. The image
itself is 3,072 numbers."""
CLAIMS = "## What the report claims, and what we found"
ONE_MODEL = "## One model"
MODEL = "Model"
FACTS = "{task}. {fixed} Chosen here: {chosen}"
FIXED = "The report fixes: {fixed}"
OURS = "A model of our own."
LAYERS = "At 32 × 32, the latent in teal"
LAYERS_ALT = "The layers of {title} with their shapes"
LAYER_COLUMNS = ("Layer", "Output shape", "Param #")
TOTAL = "Total"
LOSS = "Loss ({loss})"
ACCURACY = "Accuracy"
EPOCH = "epoch"
TRAINING = "training"
VALIDATION = "validation"
PUBLISHED = ("report, train {share:.1%}", "report, test {share:.1%}")
CURVE_ALT = "{metric} of {title} by epoch"
CURVE_CAPTION = """{metric} by epoch{printed}. Solid: training, at the end {training:.4g}. Dashed: validation, at
the end {validation:.4g}."""
CURVES = {
    "ir-initial": ", the report’s Figures 2 and 3",
    "ir-best": ", the report’s Figures 7 and 8",
    "color-report": ", the report’s Figures 13 and 14",
}
PICTURES = "## The report's pictures, all models in a row"
FIGURES = {
    "horse.png": "A horse (Figure 4)",
    "cat-1.png": "A cat (Figure 5)",
    "cat-2.png": "Another cat (Figures 9 to 11)",
    "plane.png": "A plane (Figure 15)",
    "ship.png": "A ship (for showcase #2 of Figure 16)",
    "astronaut.jpg": "A person, not from the dataset (showcase #3)",
}
ORIGINAL = "Original"
PICTURE_ALT = "{caption}: {column}"
