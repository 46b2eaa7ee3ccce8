"""Which objects a prompt says, by a small grammar: words that it does not know stay part of the nouns."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence

from text_replace_engine.colour_words import colour_named, taken_out
from text_replace_engine.finding.phrases.asked import Asked, Group
from text_replace_engine.finding.phrases.language import Kind, Language
from text_replace_engine.finding.phrases.said import Said, changed, is_enough, naming
from text_replace_engine.finding.phrases.tokens import (
    Token,
    colours_joined,
    names_something,
    says_colour,
    split_at,
    text_of,
    tokens_of,
)
from text_replace_engine.noun_phrases import english_noun_phrases
from text_replace_wire.prompts import is_determiner, words

#: The place that a relation to the whole picture means.
_PLACES = {"left": "left", "right": "right", "above": "top", "below": "bottom", "between": "middle"}


def parsed(prompt: str, language: Language, names: Collection[str] = ()) -> Asked:
    """What a prompt says, as it was typed. names: those of the models; no word of the language is seen in them, and
    colours are left in the nouns where there are any.
    """
    parser = _Parser(language, names)
    return Asked(tuple(parser.groups(tokens_of(words(prompt), language, parser.forms))))


class _Parser:
    def __init__(self, language: Language, names: Collection[str]) -> None:
        self._language = language
        self._names = frozenset(name.casefold() for name in names)
        self.forms = frozenset(tuple(form.split()) for name in self._names for form in (name, language.plural(name)))

    def groups(self, tokens: Sequence[Token]) -> list[Group]:
        said = self._all_said(colours_joined(tokens, self._language))
        return [each.group for each in self._with_nouns(said)]

    def _all_said(self, tokens: Sequence[Token]) -> list[Said]:
        parts = split_at(tokens, Kind.AND)
        said: list[Said] = []
        while parts:
            main, *excepted = split_at(parts.pop(0), Kind.BUT)
            here = self._related(main, parts)
            if here is None and excepted:
                here = Said(Group("", every=True), "", everything=True)
            if here is None:
                continue
            if excepted:
                ofs = (_of_the_main(part) for part in excepted)
                exceptions = [other for part in ofs if (other := self._related(part, parts)) is not None]
                while parts and self._goes_on(here, exceptions, parts[0]):
                    exceptions += filter(None, [self._related(parts.pop(0), parts)])
                here = self._all_but(here, exceptions)
            said.append(here)
        return said

    def _goes_on(self, main: Said, exceptions: Sequence[Said], part: Sequence[Token]) -> bool:
        """Whether a part after exceptions is one more of them: of “all apples but the left one and the right one”."""
        more = self._head(part)
        own = main.group.noun or next((other.group.noun for other in exceptions if other.group.noun), "")
        return more is not None and (main.everything or more.group.noun in ("", own))

    def _related(self, tokens: Sequence[Token], following: list[list[Token]]) -> Said | None:
        """What a part says; its relation may take the one that follows: “between the cat and the dog”."""
        place = next((place for place, token in enumerate(tokens) if token.kind is Kind.RELATION), None)
        if place is None or not names_something(tokens[:place]) or not names_something(tokens[place + 1 :]):
            return self._head(tokens)
        relation, behind = tokens[place].value, tokens[place + 1 :]
        head = self._head(tokens[:place])
        assert head is not None, "it names something"
        if all(token.is_word_of(self._language.scene) for token in behind if token.is_noun) and relation in _PLACES:
            return changed(head, places=(*head.group.places, _PLACES[relation]))
        others = self._all_said(behind)
        if relation == "between" and following and not any(other.group.every for other in others):
            others += self._all_said(following.pop(0))
        nouns = [other if other.group.noun else naming(other, head.group.noun) for other in others]
        return changed(head, relation=relation, others=tuple(other.group for other in nouns))

    def _head(self, tokens: Sequence[Token]) -> Said | None:
        """What a part without relations says; None where it is empty."""
        kept = [token for token in tokens if token.kind is not Kind.FILLER]
        text = text_of(tokens)
        if not kept:
            return Said(Group(text), text) if text else None
        negated = next((place for place, token in enumerate(kept) if _is_negation(token, kept[place + 1 :])), None)
        if negated is not None:
            # “the non-red car”
            without = self._head([*kept[:negated], *kept[negated + 2 :]])
            colour = text_of(kept[negated + 1 : negated + 2])
            return without and self._all_but(without, [Said(Group("", colour=colour, every=True), colour)])
        kept, places = self._without_places(kept)
        if places:
            # “the apple that is third from the left”
            ordinals = [kept.pop()] if kept and kept[-1].kind is Kind.ORDINAL else []
            while kept and kept[-1].is_word_of(self._language.links | english_noun_phrases().empty):
                kept.pop()
            kept = [*ordinals, *kept]
        return self._named(kept, places, text)

    def _named(self, kept: list[Token], places: tuple[str, ...], text: str) -> Said:
        """What tokens without relations, exceptions and places say."""
        ones = [kept.pop()] if kept and kept[-1].is_pronoun else []
        if not ones and not self._counts(kept):
            # “the two story house”
            kept = [token.as_word() if token.is_counting else token for token in kept]
        last = max((place for place, token in enumerate(kept) if token.is_noun), default=len(kept))
        link = next((place for place, token in enumerate(kept) if token.is_word_of(self._language.links)), last)
        before = kept[: min(last, link if link else last)]
        nouns = [token for token in before if token.kind in (Kind.NAME, Kind.WORD)] + kept[len(before) :]
        said = [token for token in before if token.kind not in (Kind.NAME, Kind.WORD)]
        everything = any(token.kind is Kind.EVERYTHING for token in said)
        typed = text_of(nouns) if any(token.is_noun for token in nouns) else ""
        thing = next((token for token in ones if token.kind is Kind.THING), None)
        colour: str | None
        colours = typed.split(" and ")
        if (ones or everything) and all(map(colour_named, colours)):
            noun, colour, phrase = "", colours[0], ""
        else:
            typed = f"{typed} {text_of([thing])}" if typed and thing is not None else typed
            noun, colour = self._coloured(typed)
            phrase = typed.replace(" and ", "-and-") if colour else ""
        group = self._modified(Group(noun, phrase, places=places, colour=colour), [*said, *ones])
        if self._is_plural(nouns):
            group = dataclasses.replace(group, every=True)
        return Said(group, text, bool(ones) and not noun, (everything or thing is not None) and not noun)

    def _modified(self, group: Group, tokens: Iterable[Token]) -> Group:
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
                case Kind.ONE | Kind.THING if token.words[0].endswith("s"):
                    group = dataclasses.replace(group, every=True)
        return group

    def _without_places(self, tokens: list[Token]) -> tuple[list[Token], tuple[str, ...]]:
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

    def _around(self, tokens: Sequence[Token], start: int) -> tuple[int, int]:
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

        if self._names:
            return noun, None
        rest, colour = taken_out(noun, is_name)
        if " and " not in noun:
            return rest, colour
        # Of several colours the first one is what is measured.
        rest = " ".join(word for word in rest.split() if word != "and")
        while (more := taken_out(rest, is_name))[1] is not None:
            rest = more[0]
        return rest, colour

    def _plain_noun(self, noun: str) -> str:
        """A noun in the plural and without colours, for comparing."""
        return self._language.plural(taken_out(noun, lambda said: len(said) == 1 and colour_named(said[0]) is None)[0])

    def _main_noun(self, tokens: Sequence[Token]) -> Token | None:
        """The word that is meant: the one before “of” and the like."""
        said = [token for token in tokens if token.is_noun]
        links = [place for place, token in enumerate(said) if token.is_word_of(self._language.links)]
        before = said[: links[0]] if links else said
        return before[-1] if before else None

    def _counts(self, tokens: Sequence[Token]) -> bool:
        """Whether a number among tokens says how many."""
        noun = self._main_noun([token for token in tokens if not token.is_counting])
        if noun is None or noun.words[-1] in self._language.unchanging:
            return True
        # “three cherries” are three, though these are a name.
        return self._language.is_plural(noun.words[-1]) or self._is_plural(tokens)

    def _is_plural(self, tokens: Sequence[Token]) -> bool:
        """Whether the word that is meant names several."""
        head = self._main_noun(tokens)
        if head is None:
            return False
        if head.words in self.forms:
            return " ".join(head.words) not in self._names
        is_foreign = any(token.is_word_of(self._language.foreign) for token in tokens)
        return self._language.is_plural(head.words[-1]) and not is_foreign

    def _with_nouns(self, said: Sequence[Said]) -> list[Said]:
        """Each with the noun that it leaves to another: “the left and the right apple”, “the cats but the left one”."""
        result = []
        for place, each in enumerate(said):
            if colour_named(each.group.noun) and (each.group.noun,) not in self.forms and said[place + 1 :]:
                # “the red and the blue car”
                each = changed(each, noun="", colour=each.group.noun)
            if each.everything and each.group == Group(""):
                # “the object” says nothing of which one.
                each = Said(Group(each.text), each.text)
            if not each.group.noun and not each.everything:
                before = [other.group for other in said[:place][::-1] if other.group.noun]
                behind = [other.group for other in said[place + 1 :] if other.group.noun]
                nouns = [*before, *behind] if each.pronoun else [*behind, *before]
                if nouns:
                    each = naming(each, nouns[0].noun)
                    if nouns[0] in behind and not each.pronoun and each.group.ordinal is None:
                        # “the red and the blue balloons”
                        each = changed(each, every=each.group.every or nouns[0].every)
                elif not is_enough(each):
                    each = Said(Group(each.text), each.text)
            result.append(each)
        return result

    def _all_but(self, main: Said, exceptions: Sequence[Said]) -> Said:
        nouns = [other.group.noun for other in exceptions if other.group.noun]
        if not main.group.noun and not main.everything and nouns:
            if all(self._is_whole(other.group) for other in exceptions):
                # “all but the banana”
                main = dataclasses.replace(main, everything=True)
            else:
                main = naming(main, nouns[0])
        return changed(main, but=tuple(self._excepted(main.group, other).group for other in exceptions))

    def _is_whole(self, group: Group) -> bool:
        """Whether a group is all of a noun, or the only one."""
        is_coloured = any(colour_named(word) for word in group.noun.split()) and group.noun not in self._names
        return bool(group.noun) and not is_coloured and group == Group(group.noun, every=group.every)

    def _excepted(self, main: Group, other: Said) -> Said:
        """An exception with what it leaves to the main group: its noun, its colour, what it lies beside."""
        noun, plural = other.group.noun, self._language.plural
        is_colour = colour_named(noun) is not None and (noun,) not in self.forms
        if is_colour and not (main.noun and plural(noun) == plural(main.noun)):
            return naming(changed(other, noun="", colour=noun, every=True), main.noun)
        if not noun and other.group.colour is not None:
            return naming(other, main.noun)
        is_same = bool(main.noun and noun) and self._plain_noun(main.noun) == self._plain_noun(noun)
        if noun and (not is_same or any(map(colour_named, noun.split()))):
            return other
        relation = {} if other.group.relation else {"relation": main.relation, "others": main.others}
        return changed(other, noun=main.noun, colour=main.colour, phrase=main.phrase, **relation)


def _of_the_main(exception: Sequence[Token]) -> Sequence[Token]:
    """An exception with a pronoun where it is only a relation: “the apple that is not next to the cat”."""
    is_relation = bool(exception) and exception[0].kind is Kind.RELATION
    return [Token(Kind.ONE, "one", ("one",)), *exception] if is_relation else exception


def _is_negation(token: Token, behind: Sequence[Token]) -> bool:
    return token.is_word_of(english_noun_phrases().negations) and says_colour(behind[:1])
