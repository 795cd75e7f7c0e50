"""What can be wrong with passwords and keys, in words: code → (what is wrong, what to do)."""

from desktop.i18n import N_

ERRORS: dict[str, tuple[str, str]] = {
    "secrets.unknown_name": (
        N_("There is no secret called {name}."),
        N_("`secret list` shows the names."),
    ),
    "secrets.missing": (
        N_("{name} is not set."),
        N_("Set it with `secret set {name}`."),
    ),
    "secrets.no_keyring": (
        N_("{name} cannot be kept: this computer has no keyring that keeps it safe."),
        N_("Unlock or install a keyring, or give it in the environment as RENRAKU_SECRET_{name}."),
    ),
    "secrets.keyring_locked": (
        N_("The keyring is locked, so {name} could not be read."),
        N_("Unlock the keyring and try again."),
    ),
    "secrets.keyring_failed": (
        N_("The keyring did not answer, so {name} was neither read nor kept."),
        N_("Sign in to this computer again, or give it in the environment as RENRAKU_SECRET_{name}."),
    ),
    "secrets.unreadable": (
        N_("{name} stands in a file that cannot be read ({where})."),
        N_("Check the file and who may read it."),
    ),
    "secrets.bad_data_key": (
        N_("DATA_KEY is not a key: it must be 32 bytes in base64."),
        N_("Take it from where you kept it when the database was made. A new one would make stored data unreadable."),
    ),
    "secrets.not_kept_here": (
        N_("{name} cannot be set here: a practice database has no passwords of its own."),
        N_("Set it for the real database."),
    ),
    "secrets.set_elsewhere": (
        N_("{name} is already given by another place ({where}), which would hide the new value."),
        N_("Change it there, or take it away there first."),
    ),
}
