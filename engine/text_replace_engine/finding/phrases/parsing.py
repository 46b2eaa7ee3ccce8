"""Which objects a prompt says, by a small grammar: words that it does not know stay part of the nouns."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from text_replace_engine.colour_words import colour_named, taken_out
from text_replace_engine.finding.phrases.asked import Asked, Group
from text_replace_engine.finding.phrases.language import Kind, Language, Phrase
from text_replace_wire.prompts import is_determiner, normalised, words

#: The place that a relation to the whole picture means.
_PLACES = {"left": "left", "right": "right", "above": "top", "below": "bottom", "between": "middle"}


@dataclass(frozen=True)
class _Token:
    kind: Kind
    value: str
    words: Phrase

    @property
    def is_noun(self) -> bool:
        """Whether it can be what is named."""
        return self.kind is Kind.NAME or (self.kind is Kind.WORD and not is_determiner(self.words[0]))

    def is_word_of(self, known: Collection[str]) -> bool:
        return self.kind is Kind.WORD and self.words[0] in known


@dataclass(frozen=True)
class _Said:
    """group: its noun is empty where none was said. pronoun: whether “one” stands for it. everything: whatever there
    is. text: its words.
    """

    group: Group
    text: str
    pronoun: bool = False
    everything: bool = False


def parsed(prompt: str, language: Language, names: Collection[str] = ()) -> Asked:
    """What a prompt says, as it was typed. names: those of the models; no word of the language is seen in them, and
    colours are left in the nouns where there are any.
    """
    parser = _Parser(language, names)
    return Asked(tuple(parser.groups(_tokens(words(prompt), language, parser.forms))))


def _tokens(typed: Sequence[str], language: Language, names: Collection[Phrase]) -> list[_Token]:
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
        tokens.append(_Token(*known, phrase))
        start += len(phrase)
    return tokens


class _Parser:
    def __init__(self, language: Language, names: Collection[str]) -> None:
        self._language = language
        self._names = frozenset(name.casefold() for name in names)
        self.forms = frozenset(tuple(form.split()) for name in self._names for form in (name, language.plural(name)))

    def groups(self, tokens: Sequence[_Token]) -> list[Group]:
        return [said.group for said in self._with_nouns(self._all_said(tokens))]

    def _all_said(self, tokens: Sequence[_Token]) -> list[_Said]:
        parts = _split(tokens, Kind.AND)
        said: list[_Said] = []
        while parts:
            main, *excepted = _split(parts.pop(0), Kind.BUT)
            here = self._related(main, parts)
            if here is None:
                continue
            if excepted:
                exceptions = [other for part in excepted if (other := self._related(part, parts)) is not None]
                while parts and self._goes_on(here, exceptions, parts[0]):
                    exceptions += filter(None, [self._related(parts.pop(0), parts)])
                here = _all_but(here, exceptions)
            said.append(here)
        return said

    def _goes_on(self, main: _Said, exceptions: Sequence[_Said], part: Sequence[_Token]) -> bool:
        """Whether a part after exceptions is one more of them: of “all apples but the left one and the right one”."""
        more = self._head(part)
        own = main.group.noun or next((other.group.noun for other in exceptions if other.group.noun), "")
        return more is not None and (main.everything or more.group.noun in ("", own))

    def _related(self, tokens: Sequence[_Token], following: list[list[_Token]]) -> _Said | None:
        """What a part says; its relation may take the one that follows: “between the cat and the dog”."""
        place = next((place for place, token in enumerate(tokens) if token.kind is Kind.RELATION), None)
        if place is None or not _names(tokens[:place]) or not _names(tokens[place + 1 :]):
            return self._head(tokens)
        relation, behind = tokens[place].value, tokens[place + 1 :]
        head = self._head(tokens[:place])
        assert head is not None, "it names something"
        if all(token.is_word_of(self._language.scene) for token in behind if token.is_noun) and relation in _PLACES:
            return _with(head, places=(*head.group.places, _PLACES[relation]))
        others = self._all_said(behind)
        if relation == "between" and following and not any(other.group.every for other in others):
            others += self._all_said(following.pop(0))
        nouns = [_with(other, noun=other.group.noun or head.group.noun) for other in others]
        return _with(head, relation=relation, others=tuple(other.group for other in nouns))

    def _head(self, tokens: Sequence[_Token]) -> _Said | None:
        """What a part without relations says; None where it is empty."""
        kept = [token for token in tokens if token.kind is not Kind.FILLER]
        text = _text(tokens)
        if not kept:
            return _Said(Group(text), text) if text else None
        kept, places = self._without_places(kept)
        ones = [kept.pop()] if kept and kept[-1].kind is Kind.ONE else []
        last = max((place for place, token in enumerate(kept) if token.is_noun), default=len(kept))
        link = next((place for place, token in enumerate(kept) if token.is_word_of(self._language.links)), last)
        before = kept[: min(last, link if link else last)]
        nouns = [token for token in before if token.kind in (Kind.NAME, Kind.WORD)] + kept[len(before) :]
        said = [token for token in before if token.kind not in (Kind.NAME, Kind.WORD)]
        noun, colour = self._coloured(_text(nouns)) if any(token.is_noun for token in nouns) else ("", None)
        if ones and colour_named(noun):
            noun, colour = "", noun
        group = self._modified(Group(noun, places=places, colour=colour), [*said, *ones])
        if self._is_plural(nouns):
            group = dataclasses.replace(group, every=True)
        everything = any(token.kind is Kind.EVERYTHING for token in said) and not noun
        return _Said(group, text, bool(ones) and not noun, everything)

    def _modified(self, group: Group, tokens: Iterable[_Token]) -> Group:
        for token in tokens:
            match token.kind:
                case Kind.ALL | Kind.EVERYTHING:
                    group = dataclasses.replace(group, every=True)
                case Kind.BOTH:
                    group = dataclasses.replace(group, every=True, count=2, exact=True)
                case Kind.NUMBER:
                    group = dataclasses.replace(group, count=int(token.value))
                case Kind.ORDINAL:
                    group = dataclasses.replace(group, ordinal=int(token.value))
                case Kind.SIZE | Kind.LOOSE_SIZE:
                    group = dataclasses.replace(group, size=token.value, loose=token.kind is Kind.LOOSE_SIZE)
                case Kind.ONE if token.words[0].endswith("s"):
                    group = dataclasses.replace(group, every=True)
        return group

    def _without_places(self, tokens: list[_Token]) -> tuple[list[_Token], tuple[str, ...]]:
        """Without the words that say where: before the noun, or led to behind it (“on the left side”)."""
        places: list[str] = []
        start = 0
        while start < len(tokens):
            if tokens[start].kind is not Kind.PLACE:
                start += 1
                continue
            first, end = self._around(tokens, start)
            is_led = any(token.is_word_of(self._language.leading) for token in tokens[first:start])
            is_behind = any(token.is_noun for token in tokens[:first])
            if is_behind and (not is_led or any(token.is_noun for token in tokens[end:])):
                start = end
                continue
            places += [token.value for token in tokens[first:end] if token.kind is Kind.PLACE]
            tokens = tokens[:first] + tokens[end:]
            start = first
        return tokens, tuple(places)

    def _around(self, tokens: Sequence[_Token], start: int) -> tuple[int, int]:
        """From where to where the phrase around a place goes."""
        language = self._language
        first, end = start, start + 1
        while first and tokens[first - 1].is_word_of(language.leading | language.before):
            first -= 1
        while end < len(tokens) and (tokens[end].kind is Kind.PLACE or tokens[end].is_word_of(language.after)):
            end += 1
        scene = end
        while scene < len(tokens) and (tokens[scene].is_word_of(("of",)) or not tokens[scene].is_noun):
            scene += 1
        if end < scene < len(tokens) and tokens[scene].is_word_of(language.scene):
            end = scene + 1
        return first, end

    def _coloured(self, noun: str) -> tuple[str, str | None]:
        """A noun without its colour, and this; of models with a list of names only their list says what is one."""

        def is_name(said: Sequence[str]) -> bool:
            meaning = self._language.meanings.get(tuple(said))
            is_listed = meaning is not None and meaning[0] is Kind.NAME
            return is_listed or (len(said) == 1 and colour_named(said[0]) is None and not is_determiner(said[0]))

        return (noun, None) if self._names else taken_out(noun, is_name)

    def _is_plural(self, nouns: Sequence[_Token]) -> bool:
        """Whether the word that is meant names several: the one before “of” and the like."""
        said = [token for token in nouns if token.is_noun]
        links = [place for place, token in enumerate(said) if token.is_word_of(self._language.links)]
        before = said[: links[0]] if links else said
        if not before:
            return False
        head = before[-1]
        if head.words in self.forms:
            return " ".join(head.words) not in self._names
        return self._language.is_plural(head.words[-1])

    def _with_nouns(self, said: Sequence[_Said]) -> list[_Said]:
        """Each with the noun that it leaves to another: “the left and the right apple”, “the cats but the left one”."""
        result = []
        for place, each in enumerate(said):
            if colour_named(each.group.noun) and (each.group.noun,) not in self.forms and said[place + 1 :]:
                # “the red and the blue car”
                each = _with(each, noun="", colour=each.group.noun)
            if not each.group.noun and not each.everything:
                before = [other.group.noun for other in said[:place][::-1] if other.group.noun]
                behind = [other.group.noun for other in said[place + 1 :] if other.group.noun]
                nouns = [*before, *behind] if each.pronoun else [*behind, *before]
                if nouns:
                    each = _with(each, noun=nouns[0])
                elif not _is_enough(each):
                    each = _Said(Group(each.text), each.text)
            result.append(each)
        return result


def _is_enough(said: _Said) -> bool:
    """Whether what names nothing says which one: “the biggest”, “the left one”, but not “top”."""
    group = said.group
    says = group.every or group.ordinal is not None or (group.size is not None and not group.loose)
    return said.pronoun or says or bool(group.relation)


def _all_but(main: _Said, exceptions: Sequence[_Said]) -> _Said:
    nouns = [other.group.noun for other in exceptions if other.group.noun]
    if not main.group.noun and not main.everything and nouns:
        main = _with(main, noun=nouns[0])
    own = main.group.noun
    but = tuple(_with(other, noun=other.group.noun or own).group for other in exceptions)
    return _with(main, but=but, every=True)


def _with(said: _Said, **changes: object) -> _Said:
    return dataclasses.replace(said, group=dataclasses.replace(said.group, **changes))  # type: ignore[arg-type]


def _text(tokens: Iterable[_Token]) -> str:
    return normalised(" ".join(word for token in tokens for word in token.words))


def _names(tokens: Sequence[_Token]) -> bool:
    return any(token.is_noun or token.kind in (Kind.ONE, Kind.EVERYTHING) for token in tokens)


def _split(tokens: Sequence[_Token], at: Kind) -> list[list[_Token]]:
    """The tokens between those of a kind; the first one may be empty."""
    parts: list[list[_Token]] = [[]]
    for token in tokens:
        if token.kind is at:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
