"""Text Replace's engine: finds an object in a picture by its name and paints another in its place."""

import os

# Read when torch is first imported. On a busy machine, threads that spin while they wait stall each other: an edit of
# 3 s was seen to take a minute.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Read when numpy is first imported, which leaves large work to torch. Where OpenBLAS cannot start its threads it sends
# this process SIGINT, which would look like the user's Ctrl-C.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
# Read when torch first multiplies matrices: its mathematics would keep its buffers, 25 MB, for the next time.
os.environ.setdefault("MKL_DISABLE_FAST_MM", "1")
# Read when huggingface_hub is first imported: files are fetched one by one, by plain HTTP, and nobody is told of it.
os.environ["HF_HUB_DISABLE_XET"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

__version__ = "0.1.0"
