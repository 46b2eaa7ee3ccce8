"""Measures the models on pictures they have not seen (`text-replace evaluate`)."""
