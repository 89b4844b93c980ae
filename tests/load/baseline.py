"""What people write today: a `gr.Interface` around `model.predict`, with the same two weights, at 32 × 32.

python tests/load/baseline.py PORT
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

RECONSTRUCTOR, COLORIZER = "ir-best", "color-report"


def build():
    """Returns the function: a PIL image to the four pictures of it, uint8 (32, 32, 3)."""
    import ae

    reconstructor, colorizer = ae.load(RECONSTRUCTOR), ae.load(COLORIZER)

    def four(image):
        x = np.asarray(image.convert("RGB").resize((32, 32)), np.float32)[None] / 255
        gray = x @ np.float32([[0.299], [0.587], [0.114]])
        pictures = x, np.repeat(gray, 3, -1), reconstructor.predict(x, verbose=0), colorizer.predict(gray, verbose=0)
        return [(picture[0].clip(0, 1) * 255).round().astype(np.uint8) for picture in pictures]

    return four


def main():
    import gradio as gr

    app = gr.Interface(build(), gr.Image(type="pil"), [gr.Image() for _ in range(4)], api_name="colorize")
    app.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]))


if __name__ == "__main__":
    main()
