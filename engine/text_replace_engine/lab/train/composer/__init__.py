"""Composes crops by the hundred as tensors, on whichever device trains: what `scenes.compose_crop` composes one by one.

What is random about a crop is drawn by a numpy Generator in a few arrays; only noise comes from one of torch's.
"""
