"""What gives a result for a case: this engine, or another tool's pictures."""
