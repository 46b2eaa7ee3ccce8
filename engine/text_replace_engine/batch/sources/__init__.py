"""Where the pictures of a batch come from: a folder, or a file that says what is asked of each."""
