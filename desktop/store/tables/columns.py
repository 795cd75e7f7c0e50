"""What the tables are made of: the declarative base, naming rules and column types of both databases."""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Dialect, ForeignKey, Integer, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.sqlite import DATETIME
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment: TIMESTAMPTZ on PostgreSQL, sortable UTC text on SQLite. A naive one is refused."""

    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(DATETIME())  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
        return dialect.type_descriptor(TIMESTAMP(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = BigInteger().with_variant(Integer(), "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")
# Ordered and compared byte by byte on both databases: kana, search keys, codes.
Ordered = Text().with_variant(Text(collation="C"), "postgresql")

Key = Annotated[int, mapped_column(Id, primary_key=True)]
Moment = Annotated[datetime, mapped_column(UtcDateTime)]
Kana = Annotated[str, mapped_column(Ordered)]
Document = Annotated[dict[str, Any], mapped_column(Json)]

SchoolKey = Annotated[int, mapped_column(Id, ForeignKey("schools.id"))]
ChildKey = Annotated[int, mapped_column(Id, ForeignKey("children.id"))]
GuardianKey = Annotated[int, mapped_column(Id, ForeignKey("guardians.id"))]
EnrolmentKey = Annotated[int, mapped_column(Id, ForeignKey("enrolments.id"))]
StaffKey = Annotated[int, mapped_column(Id, ForeignKey("staff.id"))]
NoticeKey = Annotated[int, mapped_column(Id, ForeignKey("notices.id"))]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {str: Text()}
