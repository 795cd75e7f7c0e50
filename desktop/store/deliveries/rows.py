"""The tables as Core sees them: the sending path moves many rows and makes no objects of them."""

from typing import cast

from sqlalchemy import Table

from desktop.store import tables


def _table(mapped: type[tables.Base]) -> Table:
    return cast(Table, mapped.__table__)


deliveries = _table(tables.Delivery)
delivery_recipients = _table(tables.DeliveryRecipient)
recipients = _table(tables.Recipient)
line_calls = _table(tables.LineCall)
channel_states = _table(tables.ChannelState)
workers = _table(tables.Worker)
installation = _table(tables.Installation)
notices = _table(tables.Notice)
notice_texts = _table(tables.NoticeText)
notice_kinds = _table(tables.NoticeKind)
notice_children = _table(tables.NoticeChild)
approved_children = _table(tables.ApprovedChild)
approved_others = _table(tables.ApprovedOther)
approvals = _table(tables.Approval)
solo_releases = _table(tables.SoloRelease)
staff = _table(tables.Staff)
role_grants = _table(tables.RoleGrant)
school_copies = _table(tables.SchoolCopy)
waiting_contacts = _table(tables.WaitingContact)
schools = _table(tables.School)
enrolments = _table(tables.Enrolment)
placements = _table(tables.Placement)
guardians = _table(tables.Guardian)
guardianships = _table(tables.Guardianship)
guardian_schools = _table(tables.GuardianSchool)
contact_points = _table(tables.ContactPoint)
