"""What the page says, in one place."""

TITLE = "Color your black-and-white photos"
INTRODUCTION = """# Color your black-and-white photos
Small neural networks do it. Paint colors yourself, compare the models, look inside them, train your own."""
SHARED = "Give it a black-and-white photo and see it in color; paint colors yourself, compare the models, look inside."
SHARED_ALT = "The page with a photo, half of it in black and white, half of it in color"

YOURS = "Yours · {model}"
MODEL_REPORT, MODEL_PHOTOS, MODEL_SMALL = "the report's", "for photos", "for 32 × 32"
MODEL_RECONSTRUCTS = "PSNR {psnr:.0f} dB"
MODEL_COLORIZES = "{within_5_percent:.0%} of the colors right"

PHOTO_TAB = "Photo"
PHOTO_LABEL = "Photo"
PHOTO_DROP = "# Drop a photo here,\nor choose one"
PHOTO_REMOVE = "Remove"
PHOTO_NONE = "No photo is chosen."
PHOTO_CHOSEN = "{name} · {width}\u00a0×\u00a0{height}"
PHOTO_EXAMPLES = "Or take one of these"
PHOTO_STARTING = "The colors are being found…"
PHOTO_COLORED = "The reconstruction and the numbers follow…"
PHOTO_SIDES = {
    "grayscale": "Black and white",
    "colorization": "Colored",
    "original": "Original",
    "reconstruction": "Reconstruction",
    "unsure": "Where it is unsure",
}
PHOTO_COLORINGS = "Other likely colors, to choose from"
PHOTO_SURE = "This model has no other colors to offer for this photo"
PHOTO_COLORING = ("1", "2", "3", "4")  # the likeliest first
PHOTO_DOWNLOAD_COLORS = "Download the colored photo"
PHOTO_ALL = "### All four pictures of it"
PHOTO_SIZE = "Size"
PHOTO_OWN_SIZE = "As it is"
PHOTO_AS_REPORT = "As the report, 32 × 32"
PHOTO_RECONSTRUCTOR = "Reconstruction model"
PHOTO_COLORIZER = "Colorization model"
PHOTO_VIVIDNESS = "Vividness"
PHOTO_VIVIDNESS_INFO = (
    "From safe, grayish colors to the most colorful guess; the report's colorizer has no such choice."
)
PHOTO_REPORT_BUTTON = "Show the report's own models at 32 × 32"
PHOTO_MORE = "More: detail, weights from the Hugging Face Hub"
PHOTO_DETAIL = "Detail"
PHOTO_DETAIL_INFO = (
    "How much larger than in its training the colorizer sees the photo: finer, and less sure of the whole."
)
PHOTO_REPO = "Model repository"
PHOTO_REPO_INFO = "Holds <model>/model.weights.h5, at most 20 MB each. For you alone; empty for ours again."
PHOTO_REPO_BUTTON = "Use these weights"
PHOTO_PICTURES = {  # label, alternative text
    "original": ("Original", "The photo as it was given"),
    "grayscale": ("Grayscale", "The luma of the photo, what the colorization model is given"),
    "reconstruction": ("Reconstruction", "The photo as the reconstruction model gives it back from its latent"),
    "colorization": ("Colorization", "The photo with the colors that the colorization model gives to its grayscale"),
}
PHOTO_DOWNLOAD = "Download the {name}"
PHOTO_BEFORE_AFTER = "Before and after"
PHOTO_COMPARED = "The slider above shows"
NUMBERS = """PSNR says how near the pixels are to the original (20 dB: rough, 30: good, 40: hardly to be told
apart), SSIM how alike the structures are (1: the same), accuracy how many pixels have the same brightest channel, red,
green or blue, as the report counts it."""
PHOTO_ORIGINAL_CAPTION = "{width} × {height} pixels"
PHOTO_NO_COLORS = "The photo has no colors to compare with"

COMPARE_TAB = "Compare"
COMPARE_NUMBERS = (
    NUMBERS
    + """ The latent is what a model's encoder keeps of the photo, as large as it sees it, in numbers;
the photo itself has three a pixel, 3,072 at 32 × 32. Baselines use no network; a 4×4-patch PCA that keeps all 48
numbers of a patch is exact, for it leaves nothing out. It stands last, for there is nothing to win with it."""
)
COMPARE_INTRODUCTION = """What every model makes of one photo, best first. Choose a picture to lay it over the
original, or over another one. There, both are zoomed and moved together: with the wheel and the mouse, with two
fingers, or, once the line between them has the focus, with + and −, and with Shift and the arrow keys."""
COMPARE_SIZE = "Size"
COMPARE_SIZE_INFO = "As it is, up to 1,024 pixels; as the report, its central square, with baselines beside the models."
COMPARE_TASK = "Task"
COMPARE_TASK_INFO = "The two are not ranked together: a colorizer is given the grayscale alone."
COMPARE_RECONSTRUCTION = "Reconstruction"
COMPARE_COLORIZATION = "Colorization"
COMPARE_GRID = "Best PSNR first"
COMPARE_EXACT = "exact: it keeps all numbers"
COMPARE_ORIGINAL = "Original"
COMPARE_AGAINST = "On the left"
COMPARE_AGAINST_INFO = "On the right is the picture that you choose in the grid."
COMPARE_SLIDER = "Side by side"
COMPARE_PAIR = "{left} | {right}"
COMPARE_SIZES = "{parameters:,} parameters\nlatent {latent:,}"
COMPARE_WITHOUT_COLORS = "The photo has no colors to compare with: the order means nothing."
COMPARE_MISSING = "{title} is not in the grid: {reason}"

HAND_TAB = "Color by hand"
HAND_INTRODUCTION = """Take a color and paint where you know it: a stroke spreads to what is near and alike. Or give a
photo of the same kind, whose colors are carried over."""
HAND_SWATCHES = "Colors"
HAND_PALETTE = {
    "#d9a583": "skin",
    "#5a3a22": "hair",
    "#5d8a3a": "leaf",
    "#5b8fd0": "sky",
    "#8a5a35": "wood",
    "#a4553f": "brick",
    "#d9b35b": "sand",
    "#b5382f": "red",
    "#7d54a0": "violet",
    "#808080": "no color",
}
HAND_OWN = "photo {number}"
HAND_EXACT = "Exact color, then Enter"
HAND_SAVE = "Save these"
HAND_LOAD = "Load"
HAND_EDITOR = "Your strokes"
CANVAS = "The photo: drag over it to paint, or move with the arrow keys and hold Space"
CANVAS_TOOLS = "Painting"
CANVAS_UNDO = "Undo"
CANVAS_REDO = "Redo"
CANVAS_ERASE = "Erase"
CANVAS_CLEAR = "Clear the strokes"
CANVAS_WIDTH = "Width of the brush"
HAND_RESULT = "Colored"
HAND_RESULT_ALT = "The photo in the colors of your strokes and, elsewhere, of the model"
HAND_REFERENCE = "Colors like in this photo"
HAND_REFERENCE_DROP = "Another photo, in color"
HAND_REFERENCE_ALT = "The photo whose colors are carried over"
HAND_STRENGTH = "How much of its colors"
HAND_STRENGTH_INFO = (
    "What the model sees as alike, sky and sky, leaf and leaf, gets the same colors, wherever it lies. What is like "
    "nothing there keeps the model's own."
)
HAND_MAKE = "Make the full-size picture"
HAND_DOWNLOAD = "Download it"

LATENT_TAB = "Look inside"
LATENT_MODEL = "Model"
LATENT_FEATURES = "Feature maps"
LATENT_FEATURES_INFO = """What every layer makes of the photo, first to last: one picture a layer, one tile a channel,
row by row. Each channel is stretched by itself, black where it is lowest, white where it is highest, so tiles can be
compared in their shapes, not in their brightness. A black tile is a channel that says the same everywhere."""
LATENT_CHANNELS = "Latent channels"
LATENT_CHANNELS_INFO = """The latent is what the encoder keeps of the photo: a few small pictures, the channels.
Without skip connections, it is all that the decoder knows of the photo. Turn channels of it off (set them to 0) or
scale one, and see what the decoder makes of the rest. PSNR says how near that is to the photo: 20 dB is rough, 30 good,
40 hardly to be told apart."""
LATENT_SKIPS = """This model has skip connections: its output depends on more than its latent, so there is no decoder
that could be given the latent alone. See its feature maps and its neighbors, or choose another model."""
LATENT_ORIGINAL = "Original"
LATENT_ORIGINAL_ALT = "The photo at 32 × 32 pixels"
LATENT_WHOLE = "All channels"
LATENT_WHOLE_ALT = "What the decoder makes of the whole latent"
LATENT_EDITED = "Your channels"
LATENT_EDITED_ALT = "What the decoder makes of the latent with the channels as they are set below"
LATENT_PSNR = "PSNR **{before:.1f} dB → {after:.1f} dB** ({change} dB)"
LATENT_ON = "Channels that are on"
LATENT_ALL = "All"
LATENT_NONE = "None"
LATENT_STRONGEST = "Only the strongest {count}"
LATENT_ONE = "Scale channel"
LATENT_SCALE = "by"
LATENT_COSTS = "What muting each channel costs: by how many dB the PSNR of this photo falls without it"
LATENT_SHEET = "The channels, each from black to white; a click turns one off or on"
LATENT_TILE = "channel {channel}"
LATENT_CODE = "The layers as code, to copy"
LATENT_MAP = "Map"
LATENT_MAP_ALT = (
    "The test images as dots along two principal components, the photo among them, a cross at the place shown"
)
LATENT_MAP_INFO = """Test images of CIFAR-10 along the two directions in which their latents differ most, the photo in a
frame. Click anywhere, or move the sliders, to see what the decoder makes of that place. Far from the images an
autoencoder has holes: nothing has taught its decoder what to make of what lies there."""
LATENT_THERE = "What the decoder makes of it"
LATENT_THERE_ALT = "What the decoder makes of the place on the map"
LATENT_DIRECTION = "Direction {number}"
LATENT_DIRECTION_SHARE = "Direction {number} · {share:.0%} of all differences"
LATENT_KEEP = "Keep what else the photo has"
LATENT_KEEP_INFO = "Otherwise all that these directions do not say is the mean of the images."
LATENT_ZOOM = "Zoom"
LATENT_CLOSER, LATENT_FARTHER = "Closer", "Farther"
LATENT_BACK = "Back to the photo"
LATENT_NEAR = "The nearest image is {distance:.1f} times as far as images are from each other."
LATENT_FAR = "Far from all images, {distance:.1f} times as far as they are from each other: do not trust this place."
LATENT_WALK = "Walk"
LATENT_WALK_INFO = """From the photo above to another one, in a straight line: on the left through the latent, decoded
at every step, on the right through the pixels, a plain cross-fade. Where the two look alike, the model is nearly
linear."""
LATENT_OTHER = "Walk to"
LATENT_OTHER_ALT = "The photo at the end of the walk"
LATENT_POSITION = "Share of the way"
LATENT_DOWNLOAD = "Download both ({kind})"
LATENT_WALKED = "Latent walk"
LATENT_WALKED_ALT = "What the decoder makes of the mean of the two latents"
LATENT_FADED = "Cross-fade"
LATENT_FADED_ALT = "The mean of the two photos"
LATENT_DIFFERENCE = "{share:.0%} of the way · PSNR between the two pictures {psnr:.1f} dB"
LATENT_NEIGHBORS = "Neighbors"
LATENT_NEIGHBORS_INFO = """The test images of CIFAR-10 that the model sees as most like the photo: the smallest
Euclidean distance between the two latents, which is given beside each one's class."""
LATENT_SAMPLE = "Searched: the {searched:,} test images of the sample that comes with this program. Found:"
LATENT_WHOLE_TEST = "Searched: all {searched:,} test images of CIFAR-10. Found:"

MANY_TAB = "Many photos"
MANY_INTRODUCTION = """Colorize up to 200 photos at once: drop them here, or a ZIP of them; animated GIFs and films of
up to a minute, too. Each result has its photo's size, and its name with “-colorized” (and a number where two would have
the same); a JPEG gives a JPEG, a film a film with its sound, anything else a PNG. A file that cannot be used is listed
with the reason, and the others go on."""
MANY_FILES = "Photos, short films, or a ZIP of them"
MANY_START = "Colorize them"
MANY_STOP = "Stop"
MANY_DOWNLOAD = "Download the results (ZIP)"
MANY_GALLERY = "Results"
MANY_BAR = "Photos that are through"
MANY_UNPACKING = "Reading the files"
MANY_LOADING = "Loading the model"
MANY_PROGRESS = "{done} of {total} photos"
MANY_LEFT = " · about {left} left"
MANY_FILM = "{file}: frame {done:,} of {total:,}"
MANY_DONE = "Done: {done} of {total} photos colorized, {failed} failed."
MANY_STOPPED = "Stopped: {done} of {total} photos colorized, {failed} failed, the others not begun."
MANY_FAILURES = "Not colorized"
MANY_COLUMNS = ("File", "Reason")

TRAIN_TAB = "Train live"
TRAIN_INTRODUCTION = """Train a model while you watch, then use it in the other tabs. It learns from a sample of
CIFAR-10 on the server's processor, for {minutes} minutes at most; closing the page ends it."""
TRAIN_INTRODUCTION_WHOLE = """Train a model while you watch, then use it in the other tabs. It learns from CIFAR-10 on
the server's processor, for {minutes} minutes at most; closing the page ends it."""
TRAIN_MODEL = "Architecture"
TRAIN_OWN = "Your own"
TRAIN_LEVELS = "Levels"
TRAIN_LEVELS_INFO = "Between two levels the image is halved; the last one is the latent."
TRAIN_CHANNELS = "Channels of level {level}"
TRAIN_KERNEL = "Kernel"
TRAIN_POOLING = "Pooling"
TRAIN_ACTIVATION = "Activation"
TRAIN_EPOCHS = "Epochs"
TRAIN_IMAGES = "Training images"
TRAIN_OWN_PICTURES = "Learn from your own pictures"
TRAIN_OWN_PICTURES_INFO = """They take the place of CIFAR-10's: {least} to {most:,} of them, which are cut to squares of
32 × 32 pixels. Every tenth is for validation. 200 files at most; more in a ZIP."""
TRAIN_OWN_PICTURES_FILES = "Your pictures, or a ZIP of them"
TRAIN_READING = "Reading your pictures: {done:,} of {total:,}"
TRAIN_START = "Start"
TRAIN_STOP = "Stop, and keep what there is"
TRAIN_SIZES = "**{parameters:,} parameters** · latent **{latent:,} numbers** for the 3,072 of an image · `{id}`"
TRAIN_LAYERS = "The layers at 32 × 32, the latent in teal"
TRAIN_LAYERS_CONTROL = "The layers at 32 × 32, the latent in teal. Click one to change its channels."
TRAIN_LAYER_CONTROL = "Channels of level {level}: {channels}. Change them"
TRAIN_MORE_LEVELS = "Add a level"
TRAIN_FEWER_LEVELS = "Remove the last level"
TRAIN_LAYERS_ALT = "The layers of {id} with their shapes"
TRAIN_PLACE = """Busy: the server trains as many models as it can. You are number **{place}** in line. Keep the page
open: yours starts by itself."""
TRAIN_STARTING = "Starting. The first epoch takes longer than the others."
TRAIN_EPOCH = "Epoch **{epoch} of {epochs}** · validation accuracy {accuracy:.1%} · about {left} left"
TRAIN_FIRST_EPOCH = "Epoch **1 of {epochs}**"
TRAIN_STEP = "· step {1:,} of {2:,} of epoch {0} · loss {3:.4g}"
TRAIN_BAR = "How far the training is"
TRAIN_STARTED_OVER = "Started over with other first weights ({times} ×): {reason}"
TRAIN_ENDED = {
    "finished": "Finished.",
    "stopped": "Stopped.",
    "out of time": "The time is up.",
    "out of disk": "The server could not keep the training's files: its disk is full, or they were removed.",
    "broken": "The training broke off, most likely for want of memory, of which it may take {memory} GB. "
    "Try a smaller model or fewer images.",
}
TRAIN_KEPT = "After epoch {epoch} the validation accuracy is {accuracy:.1%}. In the other tabs choose “{name}”."
TRAIN_NOTHING_KEPT = "No finished epoch is left, so there is no model."
TRAIN_PHOTOS = ("a horse", "a ship", "a bird", "a car")
TRAIN_PICTURES = "Four photos that it is not trained on"
TRAIN_ORIGINAL = "Original"
TRAIN_GIVEN = "Given"
TRAIN_MADE = "Made of it"
TRAIN_PICTURE_ALT = "{row}: {photo}"
TRAIN_LOSS = "Loss ({loss})"
TRAIN_ACCURACY = "Accuracy"
TRAIN_AXIS = "epoch"
TRAIN_CURVE = "{metric} by epoch"
TRAIN_CURVE_CAPTION = "{metric} by epoch. Solid: training. Dashed: validation."
TRAIN_TRAINING = "training {value:.4g}"
TRAIN_VALIDATION = "validation {value:.4g}"
TRAIN_WEIGHTS = "Download the weights"
TRAIN_HISTORY = "Download the history"

REPORT_TAB = "Report"
