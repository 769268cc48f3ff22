"""Made-up people for made-up arrivals: the same seed makes the same people."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from hms.features.patients.service import RegisterPatient

_GIVEN = {
    "female": (
        "Ada", "Aisha", "Amara", "Ana", "Anjali", "Beatriz", "Chloé", "Daria", "Elif", "Emma",
        "Fatima", "Grace", "Hana", "Ingrid", "Ioana", "Jana", "Kavita", "Leila", "Lucía", "Mei",
        "Moira", "Ngozi", "Nour", "Olga", "Priya", "Ruth", "Sofia", "Thandi", "Yuki", "Zofia",
    ),
    "male": (
        "Ahmed", "Alan", "Arjun", "Björn", "Carlos", "Chidi", "Daniel", "Dmitri", "Emre", "Farid",
        "George", "Hiroshi", "Ibrahim", "Ivan", "Jakub", "João", "Kofi", "Liam", "Luca", "Marek",
        "Mohammed", "Nikos", "Omar", "Pavel", "Rahul", "Samuel", "Tariq", "Tomás", "Wei", "Yusuf",
    ),
}  # fmt: skip
_FAMILY = (
    "Abbott", "Adeyemi", "Ahmed", "Almeida", "Andersson", "Bauer", "Begum", "Brennan", "Castro",
    "Chaudhry", "Chen", "Clarke", "Costa", "Das", "Demir", "Díaz", "Dubois", "Eze", "Farah",
    "Ferreira", "Fischer", "Garcia", "Ghosh", "Haddad", "Hansen", "Hassan", "Horvat", "Hughes",
    "Hussain", "Iyer", "Jansen", "Joshi", "Kaya", "Khan", "Kim", "Kowalska", "Kumar", "Larsen",
    "Lewis", "Lopez", "Mensah", "Meyer", "Miller", "Mohan", "Moreau", "Nair", "Nguyen", "Novák",
    "Nwosu", "O'Brien", "Okafor", "Owusu", "Papadopoulos", "Park", "Patel", "Petrov", "Popescu",
    "Reddy", "Rossi", "Sato", "Schmidt", "Sharma", "Silva", "Singh", "Smith", "Suzuki", "Tanaka",
    "Taylor", "Thomas", "Tran", "Walker", "Wang", "Weber", "Williams", "Wiśniewska", "Yilmaz",
)  # fmt: skip
_GROUPS = ("O+", "A+", "B+", "O-", "A-", "AB+", "B-", "AB-")
_GROUP_SHARES = (38, 30, 15, 6, 5, 3, 2, 1)  # per cent, roughly as in Europe


def make_person(
    chance: Random, *, today: date, sex: str = "unknown", ages: tuple[int, int] | None = None
) -> RegisterPatient:
    """Return somebody of this ``sex`` whose age in years on ``today`` lies in ``ages``."""
    known = sex if sex in _GIVEN else chance.choice(sorted(_GIVEN))
    given = " ".join(chance.sample(_GIVEN[known], k=1 + (chance.random() < 0.3)))
    name = f"{given} {chance.choice(_FAMILY)}"
    least, most = ages or (18, 90)
    age = chance.randint(least, min(most, 104))
    birth = _years_before(today, age) - timedelta(days=chance.randrange(365))
    group = chance.choices(_GROUPS, _GROUP_SHARES)[0] if chance.random() < 0.5 else ""
    return RegisterPatient(name=name, birth=birth.isoformat(), sex=sex, blood_group=group)


def _years_before(day: date, years: int) -> date:
    # 29 February counts as the 28th in the years that have none.
    return day.replace(year=day.year - years, day=min(day.day, 28))
