"""The command `text-replace`, also as `python -m text_replace_engine`."""

from __future__ import annotations

import sys

from text_replace_engine import unusable


def main() -> None:
    """The entry point of `text-replace`. Where not even the command line's own libraries can be loaded, says so."""
    try:
        from text_replace_engine import cli
    except ImportError as error:
        failure = unusable.reason(error)
        print(f"text-replace: {failure}", file=sys.stderr)
        sys.exit(failure.exit_code)
    cli.main()


if __name__ == "__main__":
    main()
