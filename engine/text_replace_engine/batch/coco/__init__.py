"""Annotations of objects in pictures as COCO has them (https://cocodataset.org/#format-data): read, and written."""
