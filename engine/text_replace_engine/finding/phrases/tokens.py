"""A prompt as tokens: the phrases that a language knows, the names of models, and single words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from text_replace_engine.colour_words import colour_named
from text_replace_engine.finding.phrases.language import Kind, Language, Phrase
from text_replace_wire.prompts import is_determiner, normalised

_JOINTS = (Kind.AND, Kind.BUT, Kind.RELATION)
_PRONOUNS = (Kind.ONE, Kind.THING)


@dataclass(frozen=True)
class Token:
    """words: what was typed. value: which one of its kind it is, as `Language.meanings` has it."""

    kind: Kind
    value: str
    words: Phrase

    @property
    def is_noun(self) -> bool:
        """Whether it can be what is named."""
        return self.kind is Kind.NAME or (self.kind is Kind.WORD and not is_determiner(self.words[0]))

    @property
    def is_pronoun(self) -> bool:
        """Whether it stands for what is named."""
        return self.kind in _PRONOUNS

    @property
    def is_counting(self) -> bool:
        """Whether it is a number that counts only several: “two”, “a pair of”, but not “two of”."""
        is_part = self.words[-1] == "of" and not is_determiner(self.words[0])
        return self.kind is Kind.NUMBER and self.value != "1" and not is_part

    def is_word_of(self, known: Collection[str]) -> bool:
        """Whether it is one of these words, and no more than a word."""
        return self.kind is Kind.WORD and self.words[0] in known

    def as_word(self) -> Token:
        """It, as a word that the language does not know."""
        return Token(Kind.WORD, "", self.words)


def tokens_of(typed: Sequence[str], language: Language, names: Collection[Phrase]) -> list[Token]:
    """The words that were typed as tokens, the longest ones; no phrase of the language is seen in the names."""
    longest = max(len(phrase) for phrase in (*language.meanings, *names))
    tokens, start = [], 0
    while start < len(typed):
        for length in range(min(longest, len(typed) - start), 0, -1):
            phrase = tuple(typed[start : start + length])
            known = (Kind.NAME, "") if phrase in names else language.meanings.get(phrase)
            if known is not None:
                break
        else:
            known = (Kind.WORD, "")
        tokens.append(Token(*known, phrase))
        start += len(phrase)
    return tokens


def text_of(tokens: Iterable[Token]) -> str:
    """Their words, in the normal form of prompts."""
    return normalised(" ".join(word for token in tokens for word in token.words))


def names_something(tokens: Iterable[Token]) -> bool:
    """Whether they name something, if only by a pronoun."""
    return any(token.is_noun or token.is_pronoun or token.kind is Kind.EVERYTHING for token in tokens)


def split_at(tokens: Sequence[Token], kind: Kind) -> list[list[Token]]:
    """The tokens between those of a kind; the first one may be empty."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind is kind:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def says_colour(tokens: Sequence[Token]) -> bool:
    """Whether the first of them is, or the first two are, a word for a colour."""
    firsts = (tokens[:length] for length in (1, 2))
    return any(all(token.is_noun for token in first) and colour_named(_plain(first)) is not None for first in firsts)


def colours_joined(tokens: Sequence[Token], language: Language) -> list[Token]:
    """The tokens with what is between two colours of one object as the word “and”: “a black and white cat”, but not
    “the red and the blue car”, nor “red and blue balloons”; and with a “not” before a colour as a word.
    """
    result = list(tokens)
    # From the end, for lists of more than two.
    for place in range(len(result) - 2, 0, -1):
        token, before, behind = result[place], result[place - 1], _part(result[place + 1 :])
        if not says_colour(behind):
            continue
        if token.kind is Kind.BUT and before.is_word_of(("a", "an", "the")) and len(token.words) == 1:
            result[place] = token.as_word()
        named = [each for each in behind if each.is_noun or each.is_pronoun]
        is_one = len(named) > 1 and not language.is_plural(named[-1].words[-1])
        if token.kind is Kind.AND and is_one and before.is_noun and colour_named(before.words[-1]):
            result[place] = Token(Kind.WORD, "", ("and",))
    return result


def _part(tokens: Sequence[Token]) -> Sequence[Token]:
    return tokens[: next((place for place, token in enumerate(tokens) if token.kind in _JOINTS), len(tokens))]


def _plain(tokens: Iterable[Token]) -> str:
    return " ".join(word for token in tokens for word in token.words)
