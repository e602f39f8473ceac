"""The table of defects in the README beside this file and the tests are about the same ones."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent


def test_every_defect_of_the_table_has_its_tests_where_it_says_and_the_other_way_round():
    rows = re.findall(r"^\| (\d+) \|.*\| ([^|]*) \|$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = {(int(number), name) for number, files in rows for name in re.findall(r"`(test_\w+\.py)`", files)}
    found = {
        (int(number), path.name)
        for path in FOLDER.glob("test_*.py")
        for number in re.findall(r"^(?:async )?def test_(\d+)_", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert told == found
