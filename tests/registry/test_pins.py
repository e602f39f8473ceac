"""What code imports is found in the database, whatever else it names; the same on both databases."""

CODE = "def f(x):\n    return x\n"


def test_libraries_are_found_among_any_number_of_words(store):
    store.libraries.add("default", "tools", "python", CODE)
    many = ", ".join(f"word{number}" for number in range(70_000))  # more than a statement may have parameters
    libraries, _ = store.libraries.pins("default", "python", f"import tools, {many}\n")
    assert [(one.name, one.source, one.direct) for one in libraries] == [("tools", CODE, True)]


def test_the_handles_for_messages_are_some_of_those_of_the_workspace(store):
    store.create_workspace("acme", "")
    store.libraries.add("acme", "theirs", "python", CODE)
    for number in range(201):
        store.libraries.add("default", f"tools{number:03}", "python", CODE)
    libraries, known = store.libraries.pins("default", "python", "import tools200, theirs\n")
    assert [one.name for one in libraries] == ["tools200"]
    assert known == [f"tools{number:03}" for number in range(200)]
