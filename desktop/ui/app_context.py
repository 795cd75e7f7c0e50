"""What screens are given: the desk and the services, by subject."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.paths import Paths
from desktop.ui.context import Desk

if TYPE_CHECKING:  # the window paints before anything is imported that needs SQLAlchemy
    from desktop.secrets import Secrets
    from desktop.services.approvals import Approvals
    from desktop.services.audiences import Audiences
    from desktop.services.checks import Checks
    from desktop.services.copies import Copies
    from desktop.services.inbox import Inbox
    from desktop.services.letters import Letters
    from desktop.services.line_links import LineLinks
    from desktop.services.notice_reports import Reports
    from desktop.services.notices import Notices
    from desktop.services.people import People
    from desktop.services.refused_mails import RefusedMails
    from desktop.services.registration_codes import RegistrationCodes
    from desktop.services.reviews import Reviews
    from desktop.services.rosters import Rosters
    from desktop.services.saved_lists import SavedLists
    from desktop.services.schools import Schools
    from desktop.services.sending_release import SendingRelease
    from desktop.services.settings import SettingsService
    from desktop.services.setup import Setup
    from desktop.services.sign_ups import SignUps
    from desktop.services.sms_accounts import SmsAccounts
    from desktop.services.sms_conflicts import SmsConflicts
    from desktop.services.sms_ledger import SmsLedger
    from desktop.services.sms_messages import SmsMessages
    from desktop.services.sms_steering import SmsSteering
    from desktop.services.staff import StaffService
    from desktop.services.unfinished import UnfinishedRegistrations
    from desktop.services.waiting_contacts import WaitingContacts


@dataclass(frozen=True, kw_only=True)
class AppContext(Desk):
    """The desk with everything that can be asked of it.

    `sends_here`: this desk starts the worker itself, so nothing goes out while it is closed or its computer is off.
    """

    paths: Paths
    setup: "Setup"
    settings: "SettingsService"
    staff: "StaffService"
    schools: "Schools"
    people: "People"
    waiting: "WaitingContacts"
    rosters: "Rosters"
    notices: "Notices"
    approvals: "Approvals"
    audiences: "Audiences"
    saved_lists: "SavedLists"
    copies: "Copies"
    reports: "Reports"
    release: "SendingRelease"
    reviews: "Reviews"
    sign_ups: "SignUps"
    line_links: "LineLinks"
    inbox: "Inbox"
    unfinished: "UnfinishedRegistrations"
    refused_mails: "RefusedMails"
    letters: "Letters"
    registration_codes: "RegistrationCodes"
    sms_messages: "SmsMessages"
    sms_steering: "SmsSteering"
    sms_ledger: "SmsLedger"
    sms_accounts: "SmsAccounts"
    sms_conflicts: "SmsConflicts"
    checks: "Checks | None" = None
    secrets: "Secrets | None" = None
    sends_here: bool = True
    practice: bool = False
