"""What is measured of a result, and by which networks."""
