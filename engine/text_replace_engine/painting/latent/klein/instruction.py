"""What FLUX.2 klein is told: it has learnt to follow instructions, not descriptions."""

from __future__ import annotations


def instruction(prompt: str, replaced: str | None) -> str:
    """To paint `prompt` in place of what the phrase `replaced` names; None: into an area that the user gave."""
    return f"Fill the area with {prompt}" if replaced is None else f"Replace the {replaced} with {prompt}"


def removal(replaced: str | None) -> str:
    """To paint what may be behind what `replaced` names; None: behind what is in an area that the user gave."""
    return "Fill the area with its surroundings" if replaced is None else f"Remove the {replaced}"
