"""The command line: thin commands over the services, one module a subject.

The one named exception to imports at the top of a module: `desktop.cli.main` loads a command's module when that command
is asked for, so that `--help` and a wrong option answer at once, without SQLAlchemy and Qt.
"""
