"""What became of the cases: kept line by line, summed up, shown."""
