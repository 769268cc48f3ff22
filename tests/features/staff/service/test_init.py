"""Asking who acts, as every command does, stays cheap."""

from __future__ import annotations

import subprocess
import sys


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
