"""Text Replace's engine: finds an object in a picture by its name and paints another in its place."""

__version__ = "0.1.0"
