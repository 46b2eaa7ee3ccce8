"""What was measured as one HTML file to look at."""
