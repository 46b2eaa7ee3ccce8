"""What the plug-in and the engine share: messages, framing, state, errors and paths. Standard library only, Python >=
3.9.
"""
