"""Text Replace's engine: finds an object in a picture by its name and paints another in its place."""

import os

# Read when torch is first imported. On a busy machine, threads that spin while they wait stall each other: an edit of
# 3 s was seen to take a minute.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
