"""Writing down what became of claimed mails. A lease lost meanwhile leaves its delivery alone."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, text, update
from sqlalchemy.orm import Session

from desktop.domain.claims import MailResult, mail_verdict
from desktop.domain.deliveries import MailKind, MailStage
from desktop.store import contacts, db
from desktop.store.deliveries.claims import IS_LEASED, NO_LEASE
from desktop.store.deliveries.rows import deliveries
from desktop.store.tables.columns import UtcDateTime

OK = 250


def settle_mail(
    session: Session, results: Sequence[MailResult], accepted: Mapping[str, Collection[int]], now: datetime
) -> int:
    """Write down what became of mails; says how many were accepted. `accepted` are ids by token."""
    good = {token: list(ids) for token, ids in accepted.items()}
    others = []
    for result in results:
        if result.outcome.kind is MailKind.ACCEPTED:
            good.setdefault(result.token, []).append(result.job.delivery_id)
        else:
            others.append(result)
    written = _accept(session, good, now) if good else 0
    if others:
        session.execute(_settle_one, [_other_values(result, now) for result in others])
        contacts.suppress(session, "email", sorted({one.job.address for one in others if _is_dead(one)}), "bounced")
    db.touch(session, "deliveries")
    return written


# Asks for the token and not for the state, which would lead PostgreSQL through all that is leased for each mail. Only
# what is leased has a token.
_ACCEPT = """
    UPDATE deliveries SET state = 'accepted', settled_at = :now, attempts = attempts + 1, stage = :stage, code = :code,
        reason = NULL, worker_id = NULL, lease_token = NULL, leased_until = NULL
    FROM {accepted}
    WHERE deliveries.id = accepted.id AND lease_token = accepted.token
"""
_ACCEPT_BY_DIALECT = {
    dialect: text(_ACCEPT.format(accepted=accepted)).bindparams(bindparam("now", type_=UtcDateTime))
    for dialect, accepted in {
        "sqlite": "(SELECT value ->> 0 AS id, value ->> 1 AS token FROM json_each(:accepted)) AS accepted",
        "postgresql": "unnest(CAST(:ids AS bigint[]), CAST(:tokens AS text[])) AS accepted (id, token)",
    }.items()
}


def _accept(session: Session, ids: Mapping[str, Collection[int]], now: datetime) -> int:
    """The common case: the server's 250 to the final dot."""
    dialect = session.get_bind().dialect.name
    pairs = [(id_, token) for token, these in ids.items() for id_ in these]
    said = {"now": now, "stage": MailStage.END_OF_DATA.value, "code": OK}
    # As one text: the driver takes its time over each element of a list.
    listed = {"ids": _array(pair[0] for pair in pairs), "tokens": _array(pair[1] for pair in pairs)}
    these = {"accepted": json.dumps(pairs)} if dialect == "sqlite" else listed
    return _count(session.execute(_ACCEPT_BY_DIALECT[dialect], said | these))


def _array(values: Iterable[int | str]) -> str:
    """As PostgreSQL writes them; for numbers and tokens, which need no quotes."""
    return f"{{{','.join(map(str, values))}}}"


def _count(done: Any) -> int:
    return int(done.rowcount)


def _is_dead(result: MailResult) -> bool:
    """Nobody has this address. After DATA the same words are a living family's own filter (FACTS B4)."""
    outcome = result.outcome
    return (outcome.kind, outcome.stage, outcome.reason) == (MailKind.REFUSED, MailStage.RCPT, "unknown_user")


_settle_one = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("delivery"),
        deliveries.c.lease_token == bindparam("token"),
        IS_LEASED,
    )
    .values(
        state=bindparam("new_state"),
        settled_at=bindparam("new_settled_at"),
        due_at=case((bindparam("again"), bindparam("new_due_at")), else_=deliveries.c.due_at),
        attempts=deliveries.c.attempts + bindparam("more_attempts"),
        in_doubt_count=deliveries.c.in_doubt_count + bindparam("more_doubt"),
        stage=bindparam("new_stage"),
        code=bindparam("new_code"),
        reason=bindparam("new_reason"),
        **NO_LEASE,
    )
)


def _other_values(result: MailResult, now: datetime) -> dict[str, Any]:
    verdict = mail_verdict(result.job, result.outcome, now)
    again = verdict.again_after
    return {
        "delivery": result.job.delivery_id,
        "token": result.token,
        "new_state": verdict.state.value,
        "new_settled_at": now if again is None else None,
        "again": bool(again),
        "new_due_at": now + again if again else now,
        "more_attempts": int(verdict.attempted),
        "more_doubt": int(verdict.doubt),
        "new_stage": result.outcome.stage.value,
        "new_code": result.outcome.code,
        "new_reason": verdict.reason,
    }
