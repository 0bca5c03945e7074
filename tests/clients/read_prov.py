#!/usr/bin/env python3
"""The Python package prov reads what `lineage --prov` writes.

usage: read_prov.py FILE        (python3 -m venv V && V/bin/pip install prov)

Reads the document, checks that every relation's ends are declared, that a path of derivation and use leads from the command (or
the estimates) to at least one record of the log, and that the document survives a round trip. Prints counts by kind.
"""
import sys

from prov.model import ProvActivity, ProvAgent, ProvDocument, ProvEntity


def walk(document):
    """Which element each element comes from."""
    back = {}
    for record in document.get_records():
        if record.is_element():
            continue
        kind = record.get_type().localpart
        ends = [value for _, value in record.formal_attributes if value is not None]
        if kind == "Derivation":
            pairs = [(ends[0], ends[1])]
        elif kind in ("Usage", "Generation", "Communication"):
            pairs = [(ends[0], ends[1])]
        else:
            pairs = []
        for start, end in pairs:
            back.setdefault(start, set()).add(end)
    return back


def main():
    document = ProvDocument.deserialize(sys.argv[1], format="json")
    elements = {e.identifier for kind in (ProvEntity, ProvActivity, ProvAgent) for e in document.get_records(kind)}
    counts = {}
    for record in document.get_records():
        counts[record.get_type().localpart] = counts.get(record.get_type().localpart, 0) + 1
        if record.is_element():
            continue
        for name, value in record.formal_attributes:
            if value is not None and hasattr(value, "localpart"):
                assert value in elements, f"{record}: {name} is not declared"
    starts = {e for e in elements if e.localpart.startswith("command/")} or {e for e in elements if e.localpart.startswith("estimate/")}
    assert starts, "neither a command nor an estimate"
    back, reached, queue = walk(document), set(), list(starts)
    while queue:
        element = queue.pop()
        if element in reached:
            continue
        reached.add(element)
        queue.extend(back.get(element, ()))
    records = [e for e in reached if e.localpart.startswith("record/")]
    assert records, "no path leads to a record"
    again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    assert again == document, "the document does not survive a round trip"
    assert document.get_provn()
    for kind in sorted(counts):
        print(kind, counts[kind])
    print(f"records reached: {len(records)}")


if __name__ == "__main__":
    main()
