"""Learns the byte-pair merges of the starter's tokenizer, in the file format of open_clip's SimpleTokenizer.

Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", algorithm 1.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

Symbols = tuple[str, ...]


def learn_merges(counts: Mapping[str, int], merges: int) -> list[tuple[str, str]]:
    """The `merges` most frequent pairs in order; `counts` maps each lower-case ASCII word to its weight."""
    words: dict[Symbols, int] = {(*word[:-1], word[-1] + "</w>"): count for word, count in counts.items()}
    learnt: list[tuple[str, str]] = []
    while len(learnt) < merges:
        pairs: Counter[tuple[str, str]] = Counter()
        for symbols, count in words.items():
            for pair in zip(symbols, symbols[1:], strict=False):
                pairs[pair] += count
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        learnt.append(best)
        words = {_merged(symbols, best): count for symbols, count in words.items()}
    return learnt


def _merged(symbols: Symbols, pair: tuple[str, str]) -> Symbols:
    result: list[str] = []
    for symbol in symbols:
        if result and (result[-1], symbol) == pair:
            result[-1] += symbol
        else:
            result.append(symbol)
    return tuple(result)


def write_merges(merges: list[tuple[str, str]], path: Path) -> None:
    """Write the gzipped merges file; the same merges always give the same bytes."""
    text = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in merges)])
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
