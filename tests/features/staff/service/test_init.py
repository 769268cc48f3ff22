"""The use cases are imported at their first use, and all of them can be."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys

import pytest

from hms.features.staff import service


def declared() -> set[str]:
    """Return the names that a type checker sees."""
    tree = ast.parse(inspect.getsource(service))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_every_declared_name_is_found_and_no_other() -> None:
    assert declared() == set(service._HOMES)
    assert declared() <= set(dir(service))
    for name in declared():
        assert getattr(service, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = service.nothing


def test_asking_who_acts_imports_no_hashing_and_no_user_management() -> None:
    program = (
        "import sys; from hms.features.staff.service import actor_of; "
        "print([n for n in sys.modules if n.endswith(('service.access', 'service.users', "
        "'infra.passwords', 'passlib', 'argon2', 'dialects.postgresql')) or n == 'jwt'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
