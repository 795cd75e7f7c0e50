"""Reviewing registrations in words: fields, how they compare, warnings, decisions, and what guardians are asked."""

from collections.abc import Mapping

from desktop.domain.matching import Field, Likeness
from desktop.domain.registrations import Caution, Decision, Kind, Refusal
from desktop.i18n import LANGUAGES, N_, _, speaking

KINDS: Mapping[Kind, str] = {
    Kind.NEW_CHILD: N_("New child"),
    Kind.SECOND_PARENT: N_("Second parent"),
    Kind.CHANGE: N_("Change"),
    Kind.WITHDRAWAL: N_("Withdrawal"),
}
FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "kana": N_("Reading"),
    "family_name": N_("Family name"),
    "given_name": N_("Given name"),
    "family_name_kana": N_("Family name in kana"),
    "given_name_kana": N_("Given name in kana"),
    "sex": N_("Sex"),
    "birth_date": N_("Date of birth"),
    "relationship": N_("Relationship"),
    "school": N_("School"),
    "homeroom": N_("Class"),
    "groups": N_("Groups"),
    "student_number": N_("Number"),
    "second_parent": N_("Guardians"),
}
_LIKENESS: Mapping[Likeness, str] = {
    Likeness.SAME: N_("The same"),
    Likeness.NEAR: N_("Similar"),
    Likeness.DIFFERS: N_("Different"),
    Likeness.MISSING: N_("Not to compare"),
}
_OF_FIELD: Mapping[tuple[Field, Likeness], str] = {
    (Field.NAME, Likeness.NEAR): N_("Only a part is the same"),
    (Field.KANA, Likeness.NEAR): N_("Sounds alike"),
    (Field.BIRTH_DATE, Likeness.NEAR): N_("One part differs"),
    (Field.HOMEROOM, Likeness.NEAR): N_("Class not settled yet"),
    (Field.HOMEROOM, Likeness.DIFFERS): N_("Another class"),
    (Field.SECOND_PARENT, Likeness.SAME): N_("Known to the roster"),
    (Field.SECOND_PARENT, Likeness.DIFFERS): N_("Somebody else"),
    (Field.SECOND_PARENT, Likeness.MISSING): N_("None in the roster"),
}
SAME_WRITTEN_OTHERWISE = N_("The same, other characters")
CAUTIONS: Mapping[Caution, str] = {
    Caution.AGE: N_("Children born on this day are not in this grade. Check the date and the grade."),
    Caution.WRONG_CLASS: N_("The roster has this child in another class. Linking leaves the roster’s class."),
    Caution.CODE_RENEWED: N_("It was sent with a school code that has been renewed since. Was the old letter theirs?"),
    Caution.TWICE: N_("The same child was registered twice. Look at the other one before you decide."),
    Caution.MAIL_OF_ANOTHER: N_("Another guardian of the roster has this mail address. Is it the same person?"),
    Caution.KANA_FOR_CLERK: N_("The reading was given in Latin letters. Complete it in the roster after accepting."),
    Caution.SECOND_PARENT: N_("Somebody is registered for this child already. Is this the second parent?"),
}
FLAGGED = N_("Handle with care: this family is marked in the roster. Check who may be told what before you decide.")
REFUSALS: Mapping[Refusal, str] = {
    Refusal.NOT_AT_SCHOOL: N_("The school does not know of this child"),
    Refusal.WRONG_SCHOOL: N_("The child goes to another school"),
    Refusal.TWICE: N_("Registered already"),
    Refusal.NOT_A_GUARDIAN: N_("Not a guardian of the child"),
    Refusal.OTHER: N_("Another reason: the family asks the school"),
}
_DONE: Mapping[Decision, str] = {
    Decision.ACCEPT_NEW: N_("{child} is accepted as a new child"),
    Decision.LINK: N_("{child} is linked to the child of the roster"),
    Decision.ACCEPT: N_("What was asked for {child} is accepted"),
    Decision.REFUSE: N_("The registration of {child} is not accepted"),
    Decision.ASK_BACK: N_("The guardian of {child} is asked"),
}
_BY_SOMEBODY: Mapping[Decision, str] = {
    Decision.ACCEPT_NEW: N_("{who} accepted this as a new child, {when}."),
    Decision.LINK: N_("{who} linked this to a child of the roster, {when}."),
    Decision.ACCEPT: N_("{who} accepted this, {when}."),
    Decision.REFUSE: N_("{who} did not accept this, {when}."),
    Decision.ASK_BACK: N_("{who} asked the guardian about this, {when}."),
}
QUESTIONS = (
    N_("Please check the date of birth and correct it."),
    N_("Please check the class. If you do not know it, choose “not settled yet”."),
    N_("Please check how the name is written and read."),
    N_("Please telephone the school: we have a question about this registration."),
)
"""Sentences that a reviewer can take over in the guardian's own language."""

RELATIONSHIPS: Mapping[str, str] = {
    "father": N_("Father"),
    "mother": N_("Mother"),
    "grandfather": N_("Grandfather"),
    "grandmother": N_("Grandmother"),
    "guardian": N_("Guardian"),
    "other": N_("Other"),
}
SEXES: Mapping[str, str] = {"male": N_("Male"), "female": N_("Female"), "other": N_("Other")}
READS: Mapping[str, str] = {"ja": N_("Japanese"), "en": N_("English"), "vi": N_("Vietnamese")}


def likeness(field: Field, how: Likeness) -> str:
    return _(_OF_FIELD.get((field, how), _LIKENESS[how]))


def done(decision: Decision, child: str) -> str:
    """What one has just decided oneself."""
    return _(_DONE[decision]).format(child=child)


def by_somebody(decision: Decision, who: str, when: str) -> str:
    """What somebody decided about what one looks at; nobody: what a school lets in without a reviewer."""
    if not who:
        return _("This was let in without a reviewer, {when}.").format(when=when)
    return _(_BY_SOMEBODY[decision]).format(who=who, when=when)


def questions(language: str) -> list[tuple[str, str]]:
    """Each ready sentence as the reviewer reads it, and as the guardian does."""
    own = [_(question) for question in QUESTIONS]
    with speaking(language if language in LANGUAGES else "en"):
        theirs = [_(question) for question in QUESTIONS]
    return list(zip(own, theirs, strict=True))
