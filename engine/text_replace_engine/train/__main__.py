"""`python -m text_replace_engine.train`."""

from text_replace_engine.train.runner import main

main()
