"""What FLUX.2 klein is told: it has learnt to follow instructions, not descriptions."""

from __future__ import annotations


def instruction(prompt: str, replaced: str | None) -> str:
    """To paint `prompt` in place of what the phrase `replaced` names; None: into an area that the user gave."""
    return f"Fill the area with {prompt}" if replaced is None else f"Replace the {replaced} with {prompt}"
