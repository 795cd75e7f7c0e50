"""Notices in words: why one cannot be submitted, approved, changed or sent, and what to do now."""

from collections.abc import Mapping

from desktop.i18n import N_

ERRORS: Mapping[str, tuple[str, str]] = {
    "notice.no_text": (N_("Nothing is written yet."), N_("Write a title and a text.")),
    "notice.no_title": (N_("The title is missing ({language})."), N_("Write one; families see it first.")),
    "notice.no_body": (N_("The text is missing ({language})."), N_("Write it, or empty this language's title, too.")),
    "notice.title_too_long": (
        N_("The title is too long or has more than one line ({language})."),
        N_("Use one line of at most {limit} characters."),
    ),
    "notice.too_long": (N_("The text is too long ({language})."), N_("Use at most {limit} characters.")),
    "notice.too_long_line": (
        N_("The text is {over} characters too long for LINE ({language})."),
        N_("Shorten it to {limit}, school and title included, or send it by email only."),
    ),
    "notice.no_channel": (N_("No way of sending is chosen."), N_("Choose email, LINE or both.")),
    "notice.unknown_part": (N_("Some of the audience does not exist: {parts}."), N_("Remove it, or choose it anew.")),
    "notice.audience_empty": (N_("The audience means nobody."), N_("Add classes, groups or single children.")),
    "notice.unreached_all": (
        N_("None of the {people} recipients can be reached this way."),
        N_("Add another way of sending, or enter addresses in the roster."),
    ),
    "notice.past": (
        N_("The time of sending, {send_at}, is past."),
        N_("Choose a later time, or send it as soon as it is approved."),
    ),
    "notice.useless": (
        N_("It would go out at {out_at}, but is not to be sent after {useless_after}."),
        N_("Choose a later end, or another time of sending."),
    ),
    "notice.unknown_kind": (N_("There is no kind of notice called {kind}."), N_("Choose one of the list.")),
    "notice.unknown_language": (
        N_("Texts in “{language}” cannot be sent yet."),
        N_("Write in Japanese, English or Vietnamese."),
    ),
    "notice.kind_code": (
        N_("A kind of notice needs a short name and a code of small letters; “{kind}” is none."),
        N_("Write the code with letters, digits and underscores."),
    ),
    "notice.kind_exists": (N_("There is already a kind of notice with the code {kind}."), N_("Choose another code.")),
    "notice.foreign_part": (
        N_("Your roles do not include writing to {part}."),
        N_("Take it out, or ask the city to send it."),
    ),
    "notice.not_submitted": (
        N_("Approval has not been asked for."),
        N_("Ask for approval first; after a change it has to be asked for anew."),
    ),
    "notice.already_submitted": (
        N_("Approval has been asked for already."),
        N_("Wait for it, or change the notice and ask anew."),
    ),
    "notice.already_approved": (N_("It is approved already."), N_("Nothing more is needed.")),
    "notice.sent": (
        N_("It is going out or has gone out already."),
        N_("Stop it if something is wrong, or send a correction."),
    ),
    "notice.cancelled": (N_("It was cancelled."), N_("Copy it to send it after all.")),
    "notice.stopped": (N_("It is stopped."), N_("Somebody who may approve can let it go on.")),
    "notice.own_approval": (
        N_("Whoever wrote, changed or submitted this notice cannot approve it."),
        N_("Ask a colleague who may approve."),
    ),
    "notice.changed_since": (
        N_("The notice was changed after you opened it."),
        N_("Look at it again before you approve it."),
    ),
    "notice.audience_moved": (
        N_("Since approval was asked for, {added} recipients were added and {removed} left."),
        N_("Look at the new numbers, then approve."),
    ),
    "notice.not_urgent": (
        N_("Only an urgent notice can go out without a second person."),
        N_("Ask a colleague to approve it."),
    ),
    "notice.no_reason": (N_("A reason is missing."), N_("Write one sentence.")),
    "notice.nothing_to_review": (
        N_("There is nothing to look at afterwards here."),
        N_("Somebody else may have done it."),
    ),
    "notice.not_stopped": (N_("It is not stopped."), N_("Nothing was changed.")),
    "notice.not_held": (N_("Nothing holds it any more."), N_("Somebody else may have released it.")),
    "notice.nothing_to_resend": (
        N_("No message failed at an address that works."),
        N_("Correct the addresses in the roster first, then send again."),
    ),
    "list.name_required": (N_("The list has no name."), N_("Write what it is for, such as “PTA committee”.")),
    "list.name_wrong": (
        N_("The name is longer than {limit} characters, or holds a character that cannot be shown."),
        N_("Write a shorter name."),
    ),
    "list.name_taken": (N_("There is a list called {name} already."), N_("Choose another name.")),
    "list.empty": (N_("The list means nobody yet."), N_("Add classes, clubs, staff or single children.")),
    "list.in_list": (N_("A list cannot be made of other lists."), N_("Choose the classes and clubs themselves.")),
    "list.in_use": (
        N_("{name} is used in notices that are not out yet ({count}), so its name must stay."),
        N_("Send or change these notices first."),
    ),
}
