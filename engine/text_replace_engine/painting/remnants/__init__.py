"""What else of a picture belongs to an object: its shadow, and what hangs on it."""
