"""What a package hands out is what its `__all__` says."""

import ast


def top_level(tree):
    """Names that a module binds at its top level: (defined here, imported)."""
    defined, imported = set(), set()
    for node in ast.walk(
        ast.Module(body=[n for n in tree.body if not isinstance(n, ast.FunctionDef | ast.ClassDef)], type_ignores=[])
    ):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            defined.add(node.id)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            imported |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    defined |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return defined, imported


def exports(tree):
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return ast.literal_eval(node.value)
    return None


def test_a_package_exports_what_it_imports_from_itself(repository):
    wrong = {}
    for path in repository.files("__init__.py", under="transformer/"):
        package, tree = repository.module(path), repository.tree(path)
        defined, imported = top_level(tree)
        inside = {name for _, module, name in repository.imports(path) if module.startswith(package)}
        public = {name for name in inside | defined if not name.startswith("_")}
        listed = set(exports(tree) or ())
        if not public <= listed <= public | imported:
            wrong[str(path)] = sorted(public ^ listed)
    assert wrong == {}


def test_what_a_module_lists_it_has(repository):
    wrong = {}
    for path in repository.files(".py", under="transformer/"):
        tree = repository.tree(path)
        defined, imported = top_level(tree)
        if missing := set(exports(tree) or ()) - defined - imported:
            wrong[str(path)] = missing
    assert wrong == {}


def test_lists_are_sorted_and_name_nothing_twice(repository):
    listed = {str(path): exports(repository.tree(path)) or [] for path in repository.files(".py", under="transformer/")}
    assert {path: names for path, names in listed.items() if sorted(set(names)) != sorted(names)} == {}


def test_a_module_uses_from_another_one_only_what_that_one_lists(repository):
    by_module = {repository.module(path): path for path in repository.files(".py", under="transformer/")}
    wrong = []
    for path in repository.files(".py", under="transformer/"):
        for line, module, name in repository.imports(path):
            source = by_module.get(module)
            if source is None or not name or f"{module}.{name}" in by_module or module.startswith("transformer.wire.pb"):
                continue
            listed = exports(repository.tree(source))
            if name.startswith("_") or (listed is not None and name not in listed):
                wrong.append(f"{path}:{line} takes {name} from {module}")
    assert wrong == []
