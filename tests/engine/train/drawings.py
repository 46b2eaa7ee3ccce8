"""Two drawings to compose crops from, where the training art is not there."""

from __future__ import annotations

from PIL import Image, ImageDraw

from text_replace_engine.lab.train.art import Art


def art() -> Art:
    """A red apple and a blue car, each with a white spot."""
    pictures = {}
    for name, colour in (("apple", "red"), ("car", "blue")):
        picture = Image.new("RGBA", (96, 80))
        draw = ImageDraw.Draw(picture)
        draw.ellipse((2, 2, 94, 78), fill=colour)
        draw.ellipse((30, 20, 60, 50), fill="white")
        pictures[name] = picture
    return Art(pictures, ())
