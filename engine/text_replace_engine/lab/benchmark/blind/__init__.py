"""What a person says of results whose names are not told."""
