"""What FLUX.2 klein is told of what was typed."""

from __future__ import annotations

import pytest

from text_replace_engine.painting.latent.klein.instruction import instruction, removal


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("orange", "an orange"),
        ("unicorn", "a unicorn"),
        ("uninteresting umbrella", "an uninteresting umbrella"),
        ("one-eyed cat", "a one-eyed cat"),
        ("hourglass", "an hourglass"),
        ("golden retriever puppy wearing glasses", "a golden retriever puppy wearing glasses"),
        ("bus, with people", "a bus, with people"),
        ("oranges", "oranges"),
        ("red flowers in a vase", "red flowers in a vase"),
        ("children", "children"),
        ("fresh snow", "fresh snow"),
        ("The orange", "The orange"),
        ("my cat", "my cat"),
        ("two cats", "two cats"),
        ("Eiffel Tower", "Eiffel Tower"),
        ("35mm f/1.8 lens", "35mm f/1.8 lens"),
        ("リンゴ", "リンゴ"),
        ('a neon sign that says "OPEN", in Paris', 'a neon sign that says "OPEN", in Paris'),
    ],
)
def test_what_is_painted_is_a_thing(typed: str, told: str) -> None:
    """“Replace the apple with orange” would be about a colour. What has an article keeps it; what may be several
    things, none, or a name gets none; and no letter is changed.
    """
    assert instruction(typed, "apple") == f"Replace the apple with {told}"


@pytest.mark.parametrize(
    ("typed", "told"), [("apple", "the apple"), ("My old apple", "My old apple"), ("Al", "the Al")]
)
def test_what_is_replaced_is_that_one(typed: str, told: str) -> None:
    """And keeps its own article."""
    assert removal(typed) == f"Remove {told}"
