#!/usr/bin/env python3
"""Outside tools on the catalogue: the ODCS 3.1.0 JSON schema and datacontract-cli's lint on every contract, datacontract-cli's
`breaking` on the planted changes beside our verdict, and the DCAT-AP 3 shapes by pyshacl on `catalog export`.

Usage: catalogue.py REPO STANDARDS CATALOGUE.jsonld [--table]
STANDARDS holds odcs-3.1.0/ and dcat-ap-3.0.1/ as published; --table prints the table of docs/catalogue.md.
Prints what failed and, last, "N passed, N failed"."""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import yaml

ORDER = ["none", "info", "warning", "error"]


class Count:
    passed = failed = 0

    def check(self, ok, what):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"failed: {what}")


def tool(*arguments):
    """datacontract-cli as it stands beside this interpreter, without asking anything outside."""
    program = Path(sys.executable).parent / "datacontract"
    environment = dict(os.environ, NO_COLOR="1", COLUMNS="400", DO_NOT_TRACK="1")
    return subprocess.run([program, *arguments], capture_output=True, text=True, env=environment, check=False)


def check_contracts(count, repo, standards):
    schema = json.loads((standards / "odcs-3.1.0/odcs-json-schema-v3.1.0.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    for file in sorted((repo / "schemas/contracts").glob("*/*.yaml")):
        errors = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(yaml.safe_load(file.read_text()))]
        count.check(not errors, f"{file}: ODCS JSON schema: {errors[:3]}")
        lint = tool("lint", str(file))
        count.check(lint.returncode == 0, f"{file}: datacontract lint: {lint.stdout}{lint.stderr}")


def their_verdict(before, after):
    """The gravest level that `breaking` prints, "none" when it prints none."""
    done = tool("breaking", str(before), str(after), "--perspective", "consumer")
    levels = [level.lower() for level in re.findall(r"│ (ERROR|WARNING|INFO)\s+│", done.stdout)]
    return max(levels, key=ORDER.index, default="none"), done


def check_breaking(count, repo, show):
    text = (repo / "schemas/contracts/traffic_police/video_flow.yaml").read_text()
    plants = yaml.safe_load((repo / "tests/catalog/planted_changes.yaml").read_text())
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before.yaml"), Path(folder, "after.yaml")
        before.write_text(text)
        for plant in plants:
            changed = text
            for edit in [plant] + ([plant["also"]] if "also" in plant else []):
                assert edit["from"] in changed, plant["name"]
                changed = changed.replace(edit["from"], edit["to"], 1)
            after.write_text(changed)
            theirs, done = their_verdict(before, after)
            if show:
                print(f"| {plant['name']} | {plant['ours']} ({plant['why']}) | {theirs} |")
                if "-v" in sys.argv:
                    print(done.stdout, done.stderr)
            count.check(theirs == plant.get("theirs"), f"breaking on \"{plant['name']}\": {theirs}, expected {plant.get('theirs')}")


def check_dcat(count, standards, catalogue):
    import pyshacl
    import rdflib

    data = rdflib.Graph().parse(catalogue, format="json-ld")
    shapes = rdflib.Graph().parse(standards / "dcat-ap-3.0.1/dcat-ap-SHACL.ttl", format="turtle")
    datasets = len(set(data.subjects(rdflib.RDF.type, rdflib.URIRef("http://www.w3.org/ns/dcat#Dataset"))))
    contracts = len(list((Path(sys.argv[1]) / "schemas/contracts").glob("*/*.yaml")))
    count.check(datasets == contracts, f"{datasets} datasets in the export of {contracts} contracts")
    conforms, _, report = pyshacl.validate(data, shacl_graph=shapes, advanced=True)
    count.check(conforms, f"DCAT-AP shapes: {report[:4000]}")
    # The shapes do bite: without titles the same catalogue does not conform.
    data.remove((None, rdflib.URIRef("http://purl.org/dc/terms/title"), None))
    count.check(not pyshacl.validate(data, shacl_graph=shapes, advanced=True)[0], "DCAT-AP shapes pass a catalogue without titles")


def main():
    repo, standards, catalogue = (Path(a) for a in sys.argv[1:4])
    count = Count()
    check_breaking(count, repo, "--table" in sys.argv)
    check_contracts(count, repo, standards)
    check_dcat(count, standards, catalogue)
    print(f"{count.passed} passed, {count.failed} failed")
    return 0 if count.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
