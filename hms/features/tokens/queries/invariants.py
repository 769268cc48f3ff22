"""What always holds of tokens, beyond what a constraint can say; looked at in every backup."""

from __future__ import annotations

from hms.features.tokens import rules
from hms.kernel.feature import Invariant

_ENDED = ", ".join(f"'{status.value}'" for status in rules.ENDED)
_FIRST_LEGS = (
    "SELECT series_queue_id AS queue_id, series, service_day, count(*) AS given, "
    "min(number) AS lowest, max(number) AS highest "
    "FROM token t WHERE leg = 1 AND NOT EXISTS (SELECT 1 FROM paper_block p "
    "WHERE p.hospital_id = t.hospital_id AND p.service_day = t.service_day "
    "AND p.series = t.series) GROUP BY series_queue_id, series, service_day"
)
_OUT = (  # left out at a restore, between numbers that were given
    "SELECT coalesce(sum(o.last - o.first + 1), 0) FROM numbers_left_out o "
    "WHERE o.queue_id = day.queue_id AND o.series = day.series "
    "AND o.service_day = day.service_day AND o.first > day.lowest AND o.last < day.highest"
)
_OUT_LAST = (
    "SELECT coalesce(max(o.last), 0) FROM numbers_left_out o "
    "WHERE o.queue_id = c.queue_id AND o.series = c.series AND o.service_day = c.service_day"
)

INVARIANTS = (
    Invariant(
        "the numbers of a day have no gap",
        "SELECT series || ' of ' || CAST(service_day AS VARCHAR(10)) "
        f"FROM ({_FIRST_LEGS}) AS day WHERE given + ({_OUT}) <> highest - lowest + 1",
    ),
    Invariant(
        "a counter stands at the last number that was given",
        "SELECT c.series || ' of ' || CAST(c.service_day AS VARCHAR(10)) FROM token_counter c "
        f"LEFT JOIN ({_FIRST_LEGS}) AS day ON day.queue_id = c.queue_id "
        "AND day.series = c.series AND day.service_day = c.service_day "
        f"WHERE c.last <> CASE WHEN coalesce(day.highest, 0) > ({_OUT_LAST}) "
        f"THEN day.highest ELSE ({_OUT_LAST}) END",
    ),
    Invariant(
        "a number on paper is in one block, and its series is no queue's",
        "SELECT p.series FROM paper_block p JOIN paper_block o ON o.hospital_id = p.hospital_id "
        "AND o.service_day = p.service_day AND o.series = p.series AND o.id <> p.id "
        "AND o.first <= p.last AND o.last >= p.first "
        "UNION ALL SELECT p.series FROM paper_block p JOIN queue q "
        "ON q.hospital_id = p.hospital_id AND q.prefix = p.series",
    ),
    Invariant(
        "a token from paper has a number that was on paper",
        "SELECT t.code FROM token t JOIN queue q ON q.id = t.series_queue_id "
        "WHERE t.series <> q.prefix AND NOT EXISTS (SELECT 1 FROM paper_block p "
        "WHERE p.queue_id = t.series_queue_id AND p.service_day = t.service_day "
        "AND p.series = t.series AND t.number BETWEEN p.first AND p.last)",
    ),
    Invariant(
        "a token that is over says since when",
        f"SELECT code FROM token WHERE ended_at IS NULL AND status IN ({_ENDED})",
    ),
    Invariant(
        "a token that was sent on has its next leg",
        "SELECT t.code FROM token t WHERE t.status = 'transferred' "
        "AND NOT EXISTS (SELECT 1 FROM token n WHERE n.came_from_id = t.id)",
    ),
    Invariant(
        "a later leg keeps number and series of the first",
        "SELECT t.code FROM token t JOIN token o ON o.id = t.came_from_id "
        "WHERE t.number <> o.number OR t.series <> o.series OR t.service_day <> o.service_day "
        "OR t.series_queue_id <> o.series_queue_id",
    ),
)
