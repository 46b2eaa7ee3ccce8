"""Where cases come from: a folder of anyone's pictures, or PIE-Bench."""
