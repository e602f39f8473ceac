"""The library's own list says what its manifests say; `make expect` rewrites it."""

from transformer.library import shelf
from transformer.library.cases import cases_of
from transformer.library.manifest import GROUPS

LANGUAGES = {"python": "Python", "javascript": "JavaScript"}


def test_the_list_has_every_transform(holds_table, render):
    found = [shelf.find(name) for name in shelf.names()]
    told = ""
    for group, title in GROUPS.items():
        rows = [row(transform) for transform in found if transform.manifest.group == group]
        if rows:
            told += f"### {title}\n\n" + render(["transform", "what it does", "languages", "functions"], rows) + "\n"
    holds_table("library/README.md", "transforms", told)


def row(transform):
    link = f"[`{transform.reference}`]({transform.reference.replace('library/', 'transforms/')}/README.md)"
    languages = ", ".join(LANGUAGES[engine] for engine in transform.sources)
    return [link, transform.manifest.summary, languages, ", ".join(f"`{name}`" for name in transform.manifest.exports)]


def test_the_list_has_every_reviewed_difference(holds_table, render):
    rows = []
    for name in shelf.names():
        transform = shelf.find(name)
        rows += [
            [f"`{name}`", case.name, ", ".join(LANGUAGES[each] for each in case.engines), case.why]
            for case in cases_of(transform)
            if set(case.engines) != set(transform.sources)
        ]
    holds_table("library/README.md", "differences", render(["transform", "case", "holds in", "why"], rows))
