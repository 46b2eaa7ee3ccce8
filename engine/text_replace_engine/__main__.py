"""`python -m text_replace_engine` is the command `text-replace`."""

from text_replace_engine.cli import main

if __name__ == "__main__":
    main()
