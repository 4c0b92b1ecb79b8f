#!/usr/bin/env python3
"""Compares the product's backtest with the oracle's, exactly.

    compare.py BULKHEAD_JSON ORACLE_JSON

Prints the first differences with what surrounds them; exit status 1 if there
is any. Texts, numbers, types, order and length all count: "1.0" is not "1.00",
1 is not true; a field that one side lacks is a difference, named once.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

IDENTITIES = ("fill_id", "client_order_id", "signal_id")
ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """One place where the two disagree."""

    path: str
    product: str
    oracle: str
    context: str = ""

    def text(self) -> str:
        """For people: the path, both values, and the row around them."""
        lines = [self.path, f"  product: {self.product}",
                 f"  oracle:  {self.oracle}"]
        if self.context:
            lines.append(f"  {self.context}")
        return "\n".join(lines)


def shown(value: object) -> str:
    """A value as JSON, cut to one line."""
    line = json.dumps(value)
    return line if len(line) <= 300 else line[:297] + "..."


def identity(row: object) -> str | None:
    """What names a row: an id, or strategy, instrument and product."""
    if not isinstance(row, dict):
        return None
    for name in IDENTITIES:
        if name in row:
            return f"{name} {row[name]}"
    if "strategy" in row and "instrument" in row:
        product = f" as {row['product']}" if "product" in row else ""
        return f"{row['strategy']} in {row['instrument']}{product}"
    return None


def compare_dicts(product: dict[str, object], oracle: dict[str, object],
                  path: str, context: str) -> Iterator[Difference]:
    """Key by key, in the oracle's order; then keys it lacks."""
    name = identity(oracle)
    if name is not None:
        context = f"oracle's row: {shown(oracle)}"
    for key in [*oracle, *(key for key in product if key not in oracle)]:
        below = f"{path}.{key}" if path else key
        if key not in product:
            yield Difference(below, ABSENT, shown(oracle[key]), context)
        elif key not in oracle:
            yield Difference(below, shown(product[key]), ABSENT, context)
        else:
            yield from compare(product[key], oracle[key], below, context)


def compare_lists(product: list[object], oracle: list[object],
                  path: str, context: str) -> Iterator[Difference]:
    """Row by row; a list out of step is reported once, where it starts."""
    if len(product) != len(oracle):
        yield Difference(f"{path} (length)", str(len(product)),
                         str(len(oracle)), context)
    for index, (ours, theirs) in enumerate(zip(product, oracle)):
        if identity(ours) != identity(theirs):
            yield out_of_step(product, oracle, path, index)
            return
        yield from compare(ours, theirs, f"{path}[{index}]", context)
    shorter = min(len(product), len(oracle))
    if len(product) != len(oracle):
        yield out_of_step(product, oracle, path, shorter)


def out_of_step(product: list[object], oracle: list[object], path: str,
                index: int) -> Difference:
    """The first row that the other list does not have at its place."""
    before = (f"last row in step: {shown(oracle[index - 1])}" if index
              else "the lists differ from their first row on")
    return Difference(
        f"{path}[{index}]",
        shown(product[index]) if index < len(product) else ABSENT,
        shown(oracle[index]) if index < len(oracle) else ABSENT, before)


def compare(product: object, oracle: object, path: str = "",
            context: str = "") -> Iterator[Difference]:
    """Every difference, in the order of the oracle's document."""
    if isinstance(product, dict) and isinstance(oracle, dict):
        yield from compare_dicts(product, oracle, path, context)
    elif isinstance(product, list) and isinstance(oracle, list):
        yield from compare_lists(product, oracle, path, context)
    elif type(product) is not type(oracle) or product != oracle:
        yield Difference(path, shown(product), shown(oracle), context)


def unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuses an object that says one thing twice."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a JSON object has the same key twice: "
                         + ", ".join(key for key, _ in pairs))
    return result


def parse(text: str) -> object:
    """JSON without repeated keys."""
    return json.loads(text, object_pairs_hook=unique_keys)


def gathered(differences: Iterable[Difference]) -> list[Difference]:
    """A field that one side lacks in many rows is one finding."""
    found: dict[tuple[str, ...], Difference] = {}
    count: Counter[tuple[str, ...]] = Counter()
    for one in differences:
        name: tuple[str, ...] = (one.path, one.product, one.oracle)
        if ABSENT in name and not one.path.endswith("]"):
            name = (re.sub(r"\[[0-9]+\]", "[*]", one.path),
                    "product" if one.product == ABSENT else "oracle")
        found.setdefault(name, one)
        count[name] += 1
    return [one if count[name] == 1 else replace(
                one, path=name[0], context=f"lacking in {count[name]} rows "
                f"of the {name[1]}; the first: {one.path}")
            for name, one in found.items()]


def report(given: Iterable[Difference], most: int) -> str:
    """The first differences and how many there are."""
    differences = gathered(given)
    lines = [difference.text() for difference in differences[:most]]
    if len(differences) > most:
        lines.append(f"... the first {most} of {len(differences)}")
    return "\n".join(lines)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("product", type=Path)
    parser.add_argument("oracle", type=Path)
    parser.add_argument("--most", type=int, default=20,
                        help="differences to print")
    given = parser.parse_args()
    product, oracle = (parse(path.read_text(encoding="utf-8"))
                       for path in (given.product, given.oracle))
    differences = list(compare(product, oracle))
    if differences:
        print(report(differences, given.most))
        return 1
    print("no difference")
    return 0


if __name__ == "__main__":
    sys.exit(main())
