"""Measuring a model set on anyone's pictures."""
