"""The GIMP side of Text Replace: standard library, gi and ctypes only, Python >= 3.9."""
