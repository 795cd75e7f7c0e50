"""What only the command line says."""

from collections.abc import Mapping

from desktop.i18n import N_

ERRORS: Mapping[str, tuple[str, str]] = {
    "data_dir.unusable": (
        N_("The folder {folder} cannot be used."),
        N_("Check who may write to it, or name another one with --data-dir."),
    ),
    "file.unreadable": (N_("{file} cannot be read: {reason}."), N_("Check its name and who may read it.")),
    "secret.empty": (N_("No value was given for {name}."), N_("Type one, or pipe it in.")),
    "as.other_role": (
        N_("On a shared database you act as the role that you are connected as, which is {role}, not {login}."),
        N_("Connect as {login}."),
    ),
    "notice.not_here": (
        N_("There is no notice with this number, or it is of a school that you may not see."),
        N_("Check the number."),
    ),
    "worker.already_running": (
        N_("A worker is already sending from this folder: the desk starts one by itself."),
        N_("Leave that one running, or close the desk first."),
    ),
    "worker.no_journal": (
        N_("The sending computer cannot write down what it sends."),
        N_("Make room on its disk. The messages stay here and go out by themselves then."),
    ),
    "worker.no_orders": (N_("`worker --from-desk` is for the desk alone."), N_("Run `worker` without it.")),
    "demo.real_database": (
        N_("{folder} holds a real database, which is not touched."),
        N_("Name another folder with --data-dir."),
    ),
    "demo.open_elsewhere": (
        N_("The practice city in {folder} is open in another window."),
        N_("Close it first, or name another folder with --data-dir."),
    ),
    "demo.not_empty": (
        N_("That database is not empty; the practice city needs one of its own."),
        N_("Name an empty database, or leave out --database."),
    ),
}
