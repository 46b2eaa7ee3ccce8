"""Many pictures in one run: where they come from, how each is made, what is kept of it."""
